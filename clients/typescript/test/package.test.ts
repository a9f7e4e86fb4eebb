import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type RunningService, startService } from './service.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

describe('the package, as published', () => {
  let files: readonly string[];
  let project: string;
  let tour: string;

  before('pack it, and put what is in it into a project of its own', async function () {
    this.timeout(180_000);
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: PACKAGE });
    const [packed]: { files: { path: string }[] }[] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
    files = packed?.files.map(({ path }) => path) ?? [];
    // Below this package, where its dependency is found as if installed.
    project = await mkdtemp(join(PACKAGE, 'node_modules', '.project-'));
    const installed = join(project, 'node_modules', '@payments-api', 'client');
    for (const file of files) await cp(join(PACKAGE, file), join(installed, file));
    await writeFile(join(project, 'package.json'), '{"type": "module"}');
    tour = /```ts\n(.*?)```/s.exec(await readFile(join(PACKAGE, 'README.md'), 'utf8'))?.[1] ?? '';
    await writeFile(join(project, 'tour.ts'), tour);
  });

  after(() => rm(project, { recursive: true, force: true }));

  it('contains the build, the documents, and nothing else', () => {
    expect(files).to.include.members([
      'LICENSE',
      'README.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/index.js.map',
    ]);
    const others = files.filter((file) => !/^dist\/[\w-]+\.(js|d\.ts)(\.map)?$/.test(file));
    expect([...others].sort()).to.deep.equal(['LICENSE', 'README.md', 'package.json']);
  });

  it('has types with which the tour of its README compiles strictly', async function () {
    this.timeout(180_000);
    const tsc = join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--strict', '--target', 'ES2022', '--module', 'nodenext', '--types', 'node'];
    await run(process.execPath, [tsc, ...options, 'tour.ts'], { cwd: project });
  });

  it('has types with which a wrong call does not compile', async function () {
    this.timeout(180_000);
    const wrong = tour.replace("amount: '100.21'", 'amount: 100.21');
    expect(wrong).not.to.equal(tour);
    await writeFile(join(project, 'wrong.ts'), wrong);
    const tsc = join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'nodenext', '--types', 'node'];
    const output = await run(process.execPath, [tsc, ...options, 'wrong.ts'], { cwd: project }).then(
      () => 'it compiles',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(output).to.include("Type 'number' is not assignable to type 'string'");
  });

  describe('against a service', () => {
    let service: RunningService;
    before(async () => {
      service = await startService();
    });
    after(() => service?.stop());

    it('does what the tour of its README does', async () => {
      const compiled = join(project, 'tour.js');
      const code = (await readFile(compiled, 'utf8')).replace('http://localhost:8080', service.url);
      await writeFile(compiled, code);
      const { stdout } = await run(process.execPath, [compiled], { cwd: project });
      const [walked = '', conflict = ''] = stdout.trim().split('\n');
      expect(walked).to.match(/^[0-9a-f-]{36} 100\.21$/);
      // The payment was changed after its creation, as the tour intends.
      expect(conflict).to.match(/^changed since; request [0-9a-f-]{36}$/);
    });
  });
});
