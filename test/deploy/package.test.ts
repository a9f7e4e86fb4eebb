import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ROOT, startProgram } from '../support/program.js';
import { read } from './support.js';

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

const { dependencies, repository, bugs, keywords } = JSON.parse(read('package.json'));
const lock: LockFile = JSON.parse(read('package-lock.json'));

/** Paths of the packages that `npm ci --omit=dev` installs. */
const installed = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path]) => path);

describe('the package', () => {
  it('installs at most 40 packages', () => {
    expect(installed).to.have.length.within(1, 40);
  });

  it('depends on exactly what the bundle imports', () => {
    const imported = new Set<string>();
    for (const name of readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.js')) continue;
      const text = readFileSync(join(ROOT, 'dist', name), 'utf8');
      for (const [, from = ''] of text.matchAll(/^var import_\w+ = (?:__toESM\()?require\("([^".][^"]*)"\)/gm)) {
        if (!from.startsWith('node:') && !builtinModules.includes(from)) imported.add(from);
      }
    }
    expect([...imported]).to.deep.equal(['better-sqlite3']);
    expect(Object.keys(dependencies)).to.deep.equal([...imported]);
  });

  it('names its repository, and contains the licences of the bundled code', () => {
    expect(repository.url).to.match(/^git\+https:/);
    expect(bugs.url).to.match(/^https:/);
    expect(keywords).to.include('openapi');
    const licenses = readFileSync(join(ROOT, 'dist', 'LICENSES.txt'), 'utf8');
    for (const name of ['koa', 'slonik', 'winston', 'convict', 'prom-client', 'openapi-backend']) {
      expect(licenses).to.match(new RegExp(`^${name} [\\d.]+ \\((MIT|Apache-2.0|BSD-3-Clause)\\)$`, 'm'));
    }
  });

  it('serves in an empty folder after it was packed and installed, and says so if an install script did not run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'payments-package-'));
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    try {
      const argv = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
      const [{ filename }] = JSON.parse(execFileSync('npm', argv, { cwd: ROOT, encoding: 'utf8' }));
      execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
      const packageFolder = join(folder, 'package');
      for (const path of installed.filter((name) => name.lastIndexOf('node_modules/') === 0)) {
        mkdirSync(dirname(join(packageFolder, path)), { recursive: true });
        symlinkSync(join(ROOT, path), join(packageFolder, path));
      }
      expect(readdirSync(packageFolder)).to.include.members(['dist', 'schema', 'config', 'LICENSE', 'SECURITY.md']);
      const main = join(packageFolder, 'dist/src/main.js');
      const { child, ended } = startProgram(['--listen', '127.0.0.1:0'], { main, cwd: empty });
      const url = await new Promise<string>((resolve) => {
        child.stdout?.on('data', (text) => {
          const [, found] = /"address":"([^"]+)"/.exec(String(text)) ?? [];
          if (found !== undefined) resolve(found);
        });
      });
      for (const path of ['/v1/payments', '/health', '/docs/', '/openapi.yml']) {
        expect((await fetch(url + path)).status, path).to.equal(200);
      }
      child.kill('SIGTERM');
      expect(await ended).to.include({ code: 0, stderr: '' });

      // As pnpm installs it, which runs no install scripts unless they are allowed.
      const unbuilt = join(packageFolder, 'node_modules/better-sqlite3');
      rmSync(unbuilt);
      for (const part of ['package.json', 'lib']) {
        cpSync(join(ROOT, 'node_modules/better-sqlite3', part), join(unbuilt, part), { recursive: true });
      }
      const { code, stderr } = await startProgram(['--listen', '127.0.0.1:0'], { main, cwd: empty }).ended;
      expect(code).to.equal(2);
      expect(stderr).to.match(/^[^\n]*the install script of better-sqlite3 did not run: [^\n]*\n$/);
      const check = await startProgram(['check', '--listen', '127.0.0.1:0'], { main, cwd: empty }).ended;
      expect(check.code).to.equal(2);
      expect(check.stdout).to.match(/^failed +database +the install script of better-sqlite3 did not run/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
