import { parseCommandLine } from '../../src/cli/program.js';
import { product } from '../../src/payments/resource.js';
import { expectGenerated } from './markdown.js';

describe('docs/commands.md', () => {
  it('has the commands and the exit codes of --help', () => {
    expectGenerated('docs/commands.md', 'usage', () => {
      const lines: string[] = [];
      parseCommandLine({ product, version: '', print: (text) => lines.push(text) }, ['--help']);
      const help = lines.join('\n');
      const commands = /^Commands:\n(?: .*\n)+/m.exec(help)?.[0] ?? '';
      const exitCodes = /^Exit codes:\n[\s\S]*$/m.exec(help)?.[0] ?? '';
      return ['```text', commands.trimEnd(), '', exitCodes.trimEnd(), '```'].join('\n');
    });
  });
});
