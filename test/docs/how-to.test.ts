import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { sharedPostgres } from '../support/postgres.js';
import { ROOT } from '../support/program.js';
import { read } from './markdown.js';

/** The sections whose edits are applied one after another, as a reader would. */
const TESTED = [
  { page: 'docs/how-to.md', heading: '## Add an operation' },
  { page: 'docs/how-to.md', heading: '## Add a setting' },
  { page: 'docs/add-a-resource.md', heading: '# Add a resource' },
];
/** The path of a file and a diff of it, or commands. */
const STEP = /^`([^`\n]+)`:\n\n```diff\n(.*?)^```$|^```sh\n(.*?)^```$/gms;
/** Commands that run once, after all edits, because together they take longer than all others. */
const TYPES = 'npm run types';
const TESTS = 'npm test -- ';
const UPDATE = 'UPDATE_DOCS=1 npm test -- ';
/** The tests that write a page, and the page. */
const WRITTEN_BY = new Map([
  ['docs/http-file', 'docs/payments.http'],
  ['docs/settings', 'docs/settings.md'],
]);

describe('the how-to', function () {
  this.timeout(600_000);
  let copy: string;
  const isTypeChecked: string[] = [];
  const parts = new Set<string>();
  const updates = new Set<string>();

  before(() => {
    copy = reusedFolder();
    for (const file of files(ROOT)) cpSync(join(ROOT, file), join(copy, file), { recursive: true });
    // A separate folder, because the build records its state there.
    mkdirSync(join(copy, 'node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '.cache')) {
      symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
    }
    // Otherwise its tests would create clusters of their own.
    mkdirSync(join(copy, 'node_modules/.cache'));
    for (const name of readdirSync(join(ROOT, 'node_modules/.cache')).filter((each) => /^postgres-\w+$/.test(each))) {
      symlinkSync(join(ROOT, 'node_modules/.cache', name), join(copy, 'node_modules/.cache', name));
    }
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  for (const { page, heading } of TESTED) {
    it(`changes the files that it names: ${heading}`, async () => {
      const section = sectionOf(page, heading);
      const before = contentsOf(copy);
      const written: string[] = [];
      for (const [, path, diff, commands = ''] of section.matchAll(STEP)) {
        if (path !== undefined && diff !== undefined) applyEdit(join(copy, path), diff);
        for (const command of commands.split('\n').filter(Boolean)) {
          if (command === TYPES) isTypeChecked.push(heading);
          else if (command.startsWith(UPDATE)) {
            const update = command.slice(UPDATE.length);
            updates.add(update);
            written.push(WRITTEN_BY.get(update) ?? expect.fail(command));
          } else if (command.startsWith(TESTS)) {
            for (const part of command.slice(TESTS.length).split(' ')) parts.add(part);
          } else await run(command, copy);
        }
      }
      const [, list = ''] = /^These files change: (.*?)\.$/ms.exec(section) ?? [];
      const named = [...list.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
      const after = contentsOf(copy);
      const changed = [...after.keys()].filter((file) => after.get(file) !== before.get(file));
      expect(named).to.have.members([...changed, ...written]);
    });
  }

  it('results in code that compiles and passes the tests that it names', async () => {
    expect(isTypeChecked).to.deep.equal(TESTED.map(({ heading }) => heading));
    // Otherwise the copy would start a Postgres; each further process would load every module.
    const TEST_POSTGRES_URL = (await sharedPostgres()).url;
    await run(`${UPDATE}--lanes 1 ${[...updates].join(' ')}`, copy);
    for (const page of WRITTEN_BY.values()) expect(readFileSync(join(copy, page), 'utf8')).not.to.equal(read(page));
    await run(`${TESTS}--lanes 1 ${[...parts].join(' ')}`, copy, { TEST_POSTGRES_URL });
    await run(TYPES, copy);
  });
});

describe('an edit of a how-to', () => {
  it('must match exactly one place', () => {
    const file = join(ROOT, 'package.json');
    expect(() => applyEdit(file, ' no such line\n+x\n')).to.throw('found 0 times');
    expect(() => applyEdit(file, '   },\n+x\n')).to.throw(/found \d+ times/);
  });
});

/** An empty folder that earlier runs have used: tsx keeps what it has compiled by its path. */
function reusedFolder(): string {
  for (let number = 1; ; number += 1) {
    const folder = join(ROOT, '.tmp', `how-to-${number}`);
    // Otherwise it is that of another run.
    if (mkdirSync(folder, { recursive: true }) !== undefined) return folder;
  }
}

/** The text under a heading; under the title of a page, all of it. */
function sectionOf(page: string, heading: string): string {
  const [, rest = ''] = `\n${read(page)}`.split(`\n${heading}\n`);
  return heading.startsWith('# ') ? rest : (rest.split(/^## /m)[0] ?? '');
}

/** The tracked and untracked files of the repository. */
function files(root: string): string[] {
  const output = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  return output.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}

/** @throws Error unless the context lines are in the file exactly once */
function applyEdit(file: string, diff: string): void {
  const lines = diff.replace(/\n$/, '').split('\n');
  const side = (mark: string) =>
    lines
      .filter((line) => !line.startsWith(mark))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const [before, after] = [side('+'), side('-')];
  if (before === '') {
    writeFileSync(file, after, { flag: 'wx' });
    return;
  }
  const text = readFileSync(file, 'utf8');
  const count = text.split(before).length - 1;
  if (count !== 1) throw new Error(`${file}: found ${count} times:\n${before}`);
  writeFileSync(
    file,
    text.replace(before, () => after),
  );
}

/** @throws with the output, if the command fails */
async function run(command: string, folder: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  // `git apply` in the copy must not find the repository around it.
  const env = { ...process.env, NODE_ENV: '', GIT_CEILING_DIRECTORIES: join(folder, '..'), ...more };
  await promisify(execFile)('bash', ['-c', command], { cwd: folder, env, maxBuffer: 2 ** 26 }).catch((error) => {
    throw new Error(`${command}\n${error.stdout}\n${error.stderr}`);
  });
}

/** The compared files and their contents. */
function contentsOf(copy: string): ReadonlyMap<string, string> {
  const all = readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(copy.length + 1))
    .filter((file) => !/^(?:node_modules|dist|\.tmp)\//.test(file));
  return new Map(all.map((file) => [file, readFileSync(join(copy, file), 'latin1')]));
}
