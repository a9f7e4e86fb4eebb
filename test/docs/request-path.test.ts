import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ROOT } from '../support/program.js';

const MEASURED = fileURLToPath(new URL('./measured-path.ts', import.meta.url));
const PAGE = join(ROOT, 'docs/ARCHITECTURE.md');
const LIST = join(ROOT, 'test/docs/post-path.txt');
const COUNT = /<!-- path -->.*?<!-- \/path -->/;

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
  it('is the list in post-path.txt, and its length is in docs/ARCHITECTURE.md', () => {
    const byFile = measure();
    const count = [...byFile.values()].flat().length;
    const page = readFileSync(PAGE, 'utf8');
    if (process.env.UPDATE_DOCS === '1') {
      writeFileSync(LIST, [...byFile].map(([file, names]) => `${file}: ${names.join(', ')}\n`).join(''));
      const summary = `${count} functions in ${byFile.size} files`;
      writeFileSync(
        PAGE,
        page.replace(COUNT, () => `<!-- path -->${summary}<!-- /path -->`),
      );
      return;
    }
    const files = Array.from(readFileSync(LIST, 'utf8').matchAll(/^([^:]+): /gm), ([, file]) => file);
    expect(files, 'the list is stale: run this test with UPDATE_DOCS=1').to.deep.equal([...byFile.keys()]);
    const [, functions, inFiles] = /<!-- path -->(\d+) functions in (\d+) files</.exec(page) ?? [];
    expect(Number(inFiles)).to.equal(byFile.size);
    // Small changes are allowed; the number shows whether the path became longer.
    expect(Number(functions)).to.be.within(count - 5, count + 15);
  });
});
