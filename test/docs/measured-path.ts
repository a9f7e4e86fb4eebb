/**
 * A process that prints the functions of `src/` that one POST calls, by V8's precise coverage, as JSON.
 * `request-path.test.ts` compares post-path.txt with it.
 */
import { Agent, request } from 'node:http';
import { type Profiler, Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { product } from '../../src/payments/resource.js';
import { ROOT } from '../support/program.js';

/** Functions called in every round are on the path; a timer that happens to fire is not. */
const ROUNDS = 10;

const config = loadConfig({ product, flags: new Map(), env: {}, cwd: tmpdir(), packageRoot: ROOT });
const sink = { write: () => {}, flush: async () => {}, flushSync: () => {}, close: () => {} };
const logger = createLogger({ level: 'info', sink });
const metrics = createMetrics();
const app = await createApp({ config, version: '0', logger, metrics, primary: null, processFacts: process });
const address = await app.servers.api?.listen({ host: '127.0.0.1', port: 0 });
const agent = new Agent({ keepAlive: true });

/** Creates a payment, and waits until all work of the request is done. */
async function createPayment(id: string): Promise<void> {
  const data = { id, type: 'Payment', version: 0, organisation_id: 'o', attributes: { amount: '1.00' } };
  const body = JSON.stringify({ data });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const status = await new Promise((resolve, reject) => {
    request({ port: address?.port, method: 'POST', path: '/v1/payments', headers, agent })
      .on('error', reject)
      .on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
      .end(body);
  });
  if (status !== 201) throw new Error(`the status is ${status}`);
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

/**
 * `file:function` of called functions. Unnamed closures are part of the function around them; V8 names some of them
 * after their use, such as `reject.reject`.
 */
function calledIn(scripts: readonly Profiler.ScriptCoverage[]): string[] {
  return scripts.flatMap(({ url, functions }) => {
    const file = url.startsWith('file:') ? fileURLToPath(url).slice(ROOT.length) : '';
    if (!file.startsWith('src/')) return [];
    return functions
      .filter(
        ({ functionName, ranges }) => /^(?:get )?[\w#]+$/.test(functionName) && ranges.some(({ count }) => count > 0),
      )
      .map(({ functionName }) => functionName.replace(/^get |\d+$/g, ''))
      .filter((name) => name !== '__name')
      .map((name) => `${file.slice('src/'.length)}:${name}`);
  });
}

const session = new Session();
session.connect();
await createPayment('first');
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
let path: readonly string[] | null = null;
for (let round = 0; round < ROUNDS; round += 1) {
  await session.post('Profiler.takePreciseCoverage');
  await createPayment(`payment-${round}`);
  const called = new Set(calledIn((await session.post('Profiler.takePreciseCoverage')).result));
  path = path === null ? [...called] : path.filter((one) => called.has(one));
}
session.disconnect();
agent.destroy();
await app.drain({ graceMs: 0, deadlineMs: 1000 });

process.stdout.write(JSON.stringify(path), () => process.exit(0));
