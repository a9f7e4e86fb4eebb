import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT, runProgram } from '../support/program.js';
import { startService } from '../support/service.js';
import { signalIfRunning } from '../support/signals.js';
import { parseCurl, runCurl } from './curl.js';
import { type ShellCommand, shellWords } from './shell-blocks.js';

/** The environment for the commands of a page. */
export interface Surroundings {
  /** A folder for the files that they name, with `api/`. */
  readonly folder: string;
  /** Replaces the page's Postgres. */
  readonly postgresUri: string;
  /** The port of a service in memory, instead of 8080. */
  readonly port: number;
}

/**
 * Runs a command of the documentation as a reader would, with ports, paths and the database's address replaced.
 *
 * @param command - the command, and its output on the page
 * @returns false if it cannot run such a command
 * @throws if the command fails
 */
export async function runCommand(command: ShellCommand, surroundings: Surroundings): Promise<boolean> {
  const [program = '', ...words] = shellWords(command.text).map((word) => replaced(word, surroundings));
  const line = [program, ...words].join(' ');
  if (program === 'curl') {
    expect(await runCurl(parseCurl(command.text), surroundings.port)).not.to.match(/^$|"code":/);
  } else if (line === 'npm start' || line.startsWith('npm start -- ')) {
    await runAndCompare(words.slice(2), command.output);
  } else if (line === 'npm run dev') {
    await runUntilListening('npm', ['run', '--silent', 'dev']);
  } else if (line.startsWith('npm run migrate -- ')) {
    await promisify(execFile)(program, words, { cwd: ROOT });
  } else if (program === 'npx') {
    return await runGenerator(words, surroundings.folder);
  } else return false;
  return true;
}

function replaced(word: string, { folder, postgresUri }: Surroundings): string {
  if (/^postgres:\/\/\w+:password@localhost:5432\/payments$/.test(word)) return postgresUri;
  return /^[\w-]+\.(db|ndjson)$/.test(word) ? join(folder, word) : word;
}

/** The program itself; `npm start` would generate and build again. */
async function runAndCompare(argv: readonly string[], output: string | null): Promise<void> {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.start).to.equal('node dist/src/main.js');
  const [first = ''] = argv;
  const isOther = /^[a-z]/.test(first) && !['serve', 'mock'].includes(first);
  if (isOther || output !== null || argv.includes('--help')) {
    // `check` tests the port, and the reader of the README may have a service on 8080.
    const { code, stdout, stderr } = await runProgram(argv, { env: { PAYMENTS_LISTEN: '127.0.0.1:0' } });
    if (output === null) expect(code, stderr).to.equal(0);
    else expect(`${stdout}${stderr}`).to.equal(output);
    return;
  }
  const command = first === 'mock' ? 'mock' : 'serve';
  const service = await startService(
    argv.filter((word) => word !== command),
    {},
    command,
  );
  // On a busy machine the first check may take too long.
  while ((await fetch(`${service.url}/health`)).status !== 200) await delay(100);
  expect((await service.stop()).code).to.equal(0);
}

/** Starts a command that serves, and ends it with all its children once it listens. */
async function runUntilListening(program: string, argv: readonly string[]): Promise<void> {
  const env = { ...process.env, PAYMENTS_LISTEN: '127.0.0.1:0', NODE_ENV: '' };
  const child: ChildProcess = spawn(program, argv, {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  try {
    if (child.stdout === null) throw new Error('it has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes('"message":"listening"')) return;
    }
    throw new Error(`it ended: ${lines.join('\n')}`);
  } finally {
    // The process group: npm, tsx, and the service.
    if (child.pid !== undefined) signalIfRunning(-child.pid, 'SIGTERM');
    await exited;
  }
}

/** Runs a generator from this package's own packages, in the version of the page. */
async function runGenerator(words: readonly string[], folder: string): Promise<boolean> {
  const named = words.map((word) => /^(@?[\w-]+(?:\/[\w-]+)?)@([\d.]+)$/.exec(word)).filter((match) => match !== null);
  if (named.length === 0) return false;
  for (const [, name = '', wanted] of named) {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    expect(version.startsWith(`${wanted}.`), `${name} is ${version} here, and ${wanted} there`).to.equal(true);
  }
  // After `-p package` comes the name of the program; otherwise package and program have the same name.
  const argv = words.filter((word, index) => word !== '-p' && words[index - 1] !== '-p');
  const [program = '', ...rest] = argv.map((word, index) => (index === 0 ? word.replace(/@[\d.]+$/, '') : word));
  await promisify(execFile)(join(ROOT, 'node_modules', '.bin', program), rest, { cwd: folder });
  expect(existsSync(join(folder, rest.at(-1) ?? '')), rest.at(-1)).to.equal(true);
  return true;
}
