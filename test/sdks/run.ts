/**
 * `npm run test:sdks`: generates clients in other languages from the contract, compiles them, and runs them against the
 * built service with the program in the language's folder here. A language without a toolchain on this machine is
 * skipped, with a line.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBuilt } from '../../scripts/ensure-built.js';
import { freePort } from '../support/http.js';
import { ROOT } from '../support/program.js';
import { findProgram } from '../support/programs.js';
import { startAtItsUrl } from '../support/service.js';
import { clients, type GeneratedClient } from './clients.js';

const USAGE = `usage: npm run test:sdks [-- NAME…]

NAMEs are those of the clients, or parts of them: ${clients.map(({ name }) => name).join(', ')}. Default: all.
`;
const CACHE = join(ROOT, 'node_modules/.cache/sdks');
const run = promisify(execFile);
/** Every shape that an attribute may have. A client must not lose or alter any. */
const ATTRIBUTES = {
  currency: 'GBP',
  text: '"ü\n\u{1f4b6}',
  integer: 7,
  fraction: 0.5,
  flag: true,
  nothing: null,
  list: [1, 'two', null, [], {}],
  party: { name: 'Acme', accounts: [{ number: '00012', active: false }] },
};

/** A service of a later version, with an error code that the contract does not list. */
async function startNewerService(): Promise<{ readonly url: string; close(): void }> {
  const problem = {
    type: 'urn:problem:payments-api:a_code_of_next_year',
    title: 'Something new',
    status: 404,
    detail: 'A code that this contract does not list.',
    instance: 'a-request-id',
    code: 'a_code_of_next_year',
  };
  const server = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json', 'x-request-id': problem.instance });
    response.end(JSON.stringify(problem));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** @returns why the client failed, or null */
async function testClient(client: GeneratedClient, env: Readonly<Record<string, string>>): Promise<string | null> {
  const folder = join(CACHE, client.name);
  await rm(join(folder, client.generated), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(ROOT, 'test/sdks', client.name), folder, { recursive: true });
  for (const [program, ...argv] of client.commands({ contract: join(ROOT, 'api/openapi.yml'), folder, cache: CACHE })) {
    try {
      await run(program, argv, { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return `${[program, ...argv].join(' ')}\n${stdout.slice(-4000)}${stderr.slice(-4000)}`;
    }
  }
  return null;
}

async function main(names: readonly string[]): Promise<number> {
  if (names.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  ensureBuilt();
  const service = await startAtItsUrl();
  const newer = await startNewerService();
  let passed = 0;
  let failed = 0;
  try {
    for (const client of clients.filter(
      ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
    )) {
      const missing = client.programs.filter((program) => findProgram(program) === null);
      if (missing.length > 0) {
        process.stdout.write(`not run: ${client.name} needs ${missing.join(' and ')}\n`);
        continue;
      }
      const startedMs = performance.now();
      const env = {
        SERVICE_URL: service.url,
        NEWER_SERVICE_URL: newer.url,
        PAYMENT_ID: `${client.name}/1%2F-ü%`,
        ORGANISATION_ID: client.name,
        ATTRIBUTES: JSON.stringify(ATTRIBUTES),
      };
      const reason = await testClient(client, env);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      process.stdout.write(`${seconds} s  ${reason === null ? 'passed' : 'FAILED'}  ${client.name}\n${reason ?? ''}`);
      if (reason === null) passed += 1;
      else failed += 1;
    }
  } finally {
    newer.close();
    await service.stop();
  }
  process.stdout.write(`clients in other languages: ${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
