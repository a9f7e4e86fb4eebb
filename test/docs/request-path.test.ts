import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ROOT } from './markdown.js';

const MEASURED = fileURLToPath(new URL('./measured-path.ts', import.meta.url));
const PAGE = join(ROOT, 'docs/ARCHITECTURE.md');
const LIST = /<!-- path -->\n\n([\s\S]*?)\n\n<!-- \/path -->/;

/** The functions that a POST calls, by file. */
function measure(): ReadonlyMap<string, readonly string[]> {
  const output = execFileSync(process.execPath, ['--import', 'tsx', MEASURED], { encoding: 'utf8' });
  const path: readonly string[] = JSON.parse(output);
  const byFile = new Map<string, readonly string[]>();
  for (const one of [...path].sort()) {
    const [file = '', name = ''] = one.split(':');
    byFile.set(file, [...(byFile.get(file) ?? []), name]);
  }
  return byFile;
}

describe('the path of a POST', () => {
  it('is the list in docs/ARCHITECTURE.md', () => {
    const byFile = measure();
    const count = [...byFile.values()].flat().length;
    const rows = [...byFile].map(
      ([file, names]) => `| \`${file}\` | ${names.map((name) => `\`${name}\``).join(', ')} |`,
    );
    const wanted = [
      `${count} functions in ${byFile.size} files.`,
      '',
      '| file | functions |',
      '| --- | --- |',
      ...rows,
    ];
    const text = readFileSync(PAGE, 'utf8');
    if (process.env.UPDATE_DOCS === '1') {
      writeFileSync(
        PAGE,
        text.replace(LIST, () => `<!-- path -->\n\n${wanted.join('\n')}\n\n<!-- /path -->`),
      );
      return;
    }
    const [, list = ''] = LIST.exec(text) ?? [];
    const files = Array.from(list.matchAll(/^\| `([^`]+)` \|/gm), ([, file]) => file);
    expect(files, 'the list is stale: run this test with UPDATE_DOCS=1').to.deep.equal([...byFile.keys()]);
    // Small changes are allowed; the number shows whether the path became longer.
    expect(Number(/^(\d+) functions/.exec(list)?.[1])).to.be.within(count - 5, count + 15);
  });
});
