/**
 * The real application with failing parts, for responses that no configuration and no database can cause: on one port a
 * middleware throws, on the other the metrics never arrive. It prints both URLs as one line of JSON, and ends with its
 * standard input.
 */
import { type AppOptions, createApp } from '../../src/app.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { createSink } from '../../src/observe/sink.js';
import { configFrom } from '../support/config.js';

const STDERR_FD = 2;
const TIMEOUT_MS = 20_000;
/** Short, so that the wait for metrics ends soon. */
const SHORT_TIMEOUT_MS = 200;

const argv = ['--metrics', '--reply-check', '1', '--workers', '1'];
const config = configFrom(argv);

function fail(): never {
  throw new Error('this part fails, as it should');
}

async function listen(failures: Partial<AppOptions>, timeoutMs = TIMEOUT_MS): Promise<string> {
  const app = await createApp({
    config: { ...config, timeoutMs },
    ...{ version: 'test', primary: null, processFacts: process },
    logger: createLogger({ level: 'error', sink: createSink({ fd: STDERR_FD }) }),
    metrics: createMetrics(),
    ...failures,
  });
  const address = await app.servers.api?.listen({ host: '127.0.0.1', port: 0 });
  if (!address) throw new Error('there is no server');
  return `http://127.0.0.1:${address.port}`;
}

// The liveness probe depends on nothing: only a middleware can make it fail.
const throwing = await listen({ middleware: [async () => fail()] });
const hanging = await listen({ metrics: { ...createMetrics(), text: () => new Promise(() => {}) } }, SHORT_TIMEOUT_MS);
process.stdout.write(`${JSON.stringify({ throwing, hanging })}\n`);
process.stdin.resume().once('end', () => process.exit(0));
