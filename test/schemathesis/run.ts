/**
 * `npm run test:schemathesis`: Schemathesis, a Python program, generates valid and invalid requests from the contract,
 * and checks the responses of the built service against it; then the same for the refunds example. If Python or its
 * package index is missing, it says so.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { definition } from '../../examples/refunds/generated/definition.js';
import { ensureBuilt } from '../../scripts/ensure-built.js';
import { freePort } from '../support/http.js';
import { ROOT } from '../support/program.js';
import { serveRefunds } from '../support/refunds.js';
import { type LogLine, startService } from '../support/service.js';

const USAGE = `usage: npm run test:schemathesis [-- [--cases N] [--seed N]]

  --cases N  about this many requests to each; default 10000
  --seed N   makes the run reproducible; default 1
`;
const VERSION = '4.32.5';
const VENV = join(ROOT, 'node_modules/.cache', `schemathesis-${VERSION}`);
const SCHEMATHESIS = join(VENV, 'bin/schemathesis');
/** Its approximate number of requests for each requested example, over all operations and phases. */
const CASES_PER_EXAMPLE = 20;
/** For the operators' endpoints. Schemathesis checks that they reject requests without it. */
const TOKEN = 'a-token-for-schemathesis';
const HOOKS = {
  SCHEMATHESIS_HOOKS: 'hooks',
  PYTHONPATH: join(ROOT, 'test/schemathesis'),
  PYTHONDONTWRITEBYTECODE: '1',
};
const run = promisify(execFile);

/** Installs Schemathesis into its own virtual environment. @returns why that is not possible, or null */
async function install(): Promise<string | null> {
  if (existsSync(SCHEMATHESIS)) return null;
  try {
    await run('python3', ['-m', 'venv', VENV]);
    await run(join(VENV, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
    return null;
  } catch (error) {
    await rm(VENV, { recursive: true, force: true });
    const [reason = ''] = String(error instanceof Error && 'stderr' in error ? error.stderr : error)
      .trim()
      .split('\n');
    return reason;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const reason = await install();
  if (reason !== null) {
    process.stdout.write(`not run: Schemathesis needs Python 3 with venv, and its package index (${reason})\n`);
    return 0;
  }
  await ensureBuilt();
  const cases = Number(values.cases);
  return (await attackService(values.seed, cases)) || (await attackRefunds(values.seed, cases));
}

async function attackService(seed: string, cases: number): Promise<number> {
  const port = await freePort();
  const flags = ['--admin', '--metrics', '--admin-token', TOKEN, '--reply-check', '1', '--body-limit', '65536'];
  const url = `http://127.0.0.1:${port}`;
  const service = await startService([...flags, '--external-url', url, '--listen', `127.0.0.1:${port}`]);
  try {
    return await attack(`${service.url}/openapi.json`, [], seed, cases);
  } finally {
    await service.stop();
    reportComplaints(service.log);
  }
}

async function attackRefunds(seed: string, cases: number): Promise<number> {
  const app = await serveRefunds(['--body-limit', '65536']);
  const file = join(VENV, 'refunds.json');
  try {
    await writeFile(file, JSON.stringify(definition));
    return await attack(file, ['--url', `http://127.0.0.1:${app.port}`], seed, cases);
  } finally {
    await app.close();
    reportComplaints(app.lines);
  }
}

function reportComplaints(lines: readonly LogLine[]): void {
  const complaints = lines.filter(({ level }) => level === 'error' || level === 'warn');
  for (const line of complaints.slice(0, 10)) process.stdout.write(`the service logged ${JSON.stringify(line)}\n`);
}

/** @returns Schemathesis's exit code: 0 without a failure that hooks.py does not explain */
async function attack(contract: string, more: readonly string[], seed: string, cases: number): Promise<number> {
  const token = ['--header', `Authorization: Bearer ${TOKEN}`];
  const options = [...token, '--seed', seed, '--max-examples', String(Math.ceil(cases / CASES_PER_EXAMPLE))];
  const child = spawn(
    SCHEMATHESIS,
    ['run', contract, ...more, ...options, '--checks', 'all', '--generation-database', 'none', '--no-color'],
    {
      cwd: VENV,
      env: { ...process.env, ...HOOKS },
      stdio: 'inherit',
    },
  );
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

process.exitCode = await main();
