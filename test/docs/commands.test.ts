import { helpText } from '../../src/config/help.js';
import { expectGenerated } from './markdown.js';

describe('docs/commands.md', () => {
  it('has the commands and the exit codes of --help', () => {
    expectGenerated('docs/commands.md', 'usage', () => {
      const usage = helpText().split(/\n\nThe API\n/)[0] ?? '';
      const exitCodes = /^Exit codes\n[\s\S]*$/m.exec(helpText())?.[0].trimEnd() ?? '';
      return ['```text', usage.trimEnd(), '', exitCodes, '```'].join('\n');
    });
  });
});
