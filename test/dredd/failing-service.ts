/**
 * The real application with parts that fail, for the answers that no configuration and no database can bring about:
 * on one port everything it asks of its process throws, on the other the metrics never come. It prints both URLs as
 * one line of JSON, and ends with its standard input.
 */
import { fileURLToPath } from 'node:url';
import { type AppParts, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';
import { createHttpServer } from '../../src/http/transport/server.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { createSink } from '../../src/observe/sink.js';
import { openRepo } from '../../src/store/open-repo.js';

const STDERR_FD = 2;
const TIMEOUT_MS = 20_000;
/** So that what waits for metrics in vain is soon told so. */
const SHORT_TIMEOUT_MS = 200;

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
const argv = ['--metrics', '--reply-check', '1', '--workers', '1'];
const config = loadConfig({ argv, env: {}, cwd: packageRoot, packageRoot });

function fail(): never {
  throw new Error('this part fails, as it should');
}

async function listen(failures: Partial<AppParts>, timeoutMs = TIMEOUT_MS): Promise<string> {
  const app = await createApp({
    settings: { ...config, timeoutMs },
    repo: await openRepo(config, {}),
    logger: createLogger({ level: 'error', sink: createSink({ fd: STDERR_FD }) }),
    metrics: createMetrics(),
    renderMetrics: async () => '',
    limit: null,
    isReady: () => true,
    ...failures,
  });
  const server = createHttpServer({
    handler: app.handler,
    timeouts: { requestTimeoutMs: timeoutMs },
    refuse: app.refuse,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${port}`;
}

const throwing = await listen({
  isReady: fail,
  renderMetrics: async () => fail(),
  // Every reply is counted, those of the liveness probe too, which asks nobody else.
  metrics: { ...createMetrics(), replyValidated: fail },
});
const hanging = await listen({ renderMetrics: () => new Promise(() => {}) }, SHORT_TIMEOUT_MS);
process.stdout.write(`${JSON.stringify({ throwing, hanging })}\n`);
process.stdin.resume().once('end', () => process.exit(0));
