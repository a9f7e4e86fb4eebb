import type { AddressInfo } from 'node:net';
import { createApp, type ListenerName } from '../app.js';
import { type Config, loadConfig } from '../config/config.js';
import { addressText, describeConfig } from '../config/describe-config.js';
import { countBatches } from '../http/limit/shared-store.js';
import { Windows } from '../http/limit/windows.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { createMetrics, type Metrics } from '../observe/metrics.js';
import { createSink } from '../observe/sink.js';
import { type PaymentColumn, resources } from '../payments/resource.js';
import { SERVICE_NAME } from '../payments/service-name.js';
import { shutdownPlan } from '../process/shutdown-plan.js';
import { handleStopSignals, type StopSignal } from '../process/signals.js';
import { runWorker } from '../process/worker.js';
import type { ResourceStore } from '../store/types.js';
import type { Host } from './host.js';

interface Observers {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly prepareRepo: PrepareRepo;
}

/** Runs once a process has opened its repository, before it serves. */
export type PrepareRepo = (store: ResourceStore<PaymentColumn>) => Promise<void>;

/** Set for worker processes by their primary. */
export const WORKER_VARIABLE = 'PAYMENTS_API_WORKER_SLOT';

/**
 * Serves the API: in this process, or as the primary of several, or as one of its workers.
 *
 * @param host - the process
 * @param argv - flags
 * @param prepareRepo - what to do with the repository first; nothing by default
 * @returns null: it serves until a signal ends it
 */
export async function serve(
  host: Host,
  argv: readonly string[],
  prepareRepo: PrepareRepo = async () => {},
): Promise<number | null> {
  const { env, cwd, packageRoot } = host;
  const config = loadConfig({ argv, env, cwd, packageRoot });
  const metrics = createMetrics({ service: SERVICE_NAME, version: host.version });
  const logger = openLogger(host, config, metrics);
  host.onUncaught((kind, error) => {
    logger.error(kind, { error });
    // What a stray exception or rejection left behind is unknown, so the process ends; a primary replaces it.
    logger.flushSync();
    host.exit(1);
  });
  if (host.parent && env[WORKER_VARIABLE] !== undefined)
    await serveAsWorker(host, config, { logger, metrics, prepareRepo });
  else {
    const leaveSignals = endWhileStarting(host, logger);
    logger.info('starting', { version: host.version, settings: describeConfig(config) });
    if (config.workers === 1) await serveAlone(host, config, { logger, metrics, prepareRepo }, leaveSignals);
    else await serveAsPrimary(host, config, logger, leaveSignals);
  }
  return null;
}

/**
 * Nothing was accepted yet, so a signal ends it at once. The kernel's own way would do, but not for the first process of
 * a container, which ignores what it does not handle.
 *
 * @returns leaves the signals to others. To be called once they listen, not before: Node drops a signal that has come but
 *   was not told yet, as during a start that takes long, when its last listener goes.
 */
function endWhileStarting(host: Host, logger: Logger): () => void {
  function end(signal: StopSignal): void {
    logger.info('ended while starting', { signal });
    logger.flushSync();
    host.exit(0);
  }
  return handleStopSignals(host.signals, { onStop: end, onKill: (_code, signal) => end(signal) });
}

function openLogger(host: Host, config: Config, metrics: Metrics): Logger {
  const sink = createSink({
    fd: host.stdoutFd,
    onDrop: (lines) => metrics.logLinesDropped(lines),
  });
  return createLogger({ level: config.logLevel, sink });
}

async function serveAlone(
  host: Host,
  config: Config,
  { logger, metrics, prepareRepo }: Observers,
  leaveSignals: () => void,
): Promise<void> {
  const { version, facts } = host;
  const service = await createApp({
    config,
    version,
    logger,
    metrics,
    channel: null,
    processFacts: facts,
    prepareRepo,
  });
  let isStopping = false;
  handleStopSignals(host.signals, {
    onStop(signal) {
      isStopping = true;
      logger.info('draining', { signal });
      const plan = shutdownPlan(config.shutdownTimeoutMs);
      // A database that hangs must not keep the process beyond its time.
      setTimeout(() => host.exit(1), plan.killMs).unref();
      void service.drain(plan).then(
        (outcome) => host.exit(outcome === 'clean' ? 0 : 1),
        (error: unknown) => {
          logger.error('the shutdown failed', { error });
          logger.flushSync();
          host.exit(1);
        },
      );
    },
    onKill(code) {
      logger.flushSync();
      host.exit(code);
    },
  });
  leaveSignals();
  const addresses = new Map<ListenerName, AddressInfo>();
  for (const { name, host: interfaceAddress, port } of listenersOf(config)) {
    if (isStopping) return;
    const server = service.servers[name];
    // Without a host Node listens on all interfaces, of whichever kinds there are.
    const where = interfaceAddress === undefined ? { port } : { host: interfaceAddress, port };
    if (server) addresses.set(name, await server.listen(where));
  }
  sayListening(logger, config, [...addresses.values()]);
}

async function serveAsWorker(host: Host, config: Config, { logger, metrics, prepareRepo }: Observers): Promise<void> {
  if (!host.parent) return;
  await runWorker({
    port: host.parent,
    signals: host.signals,
    exit: (code) => host.exit(code),
    start: (channel) =>
      createApp({ config, version: host.version, logger, metrics, channel, processFacts: host.facts, prepareRepo }),
  });
}

async function serveAsPrimary(host: Host, config: Config, logger: Logger, leaveSignals: () => void): Promise<void> {
  const [{ startPrimary }, { createMetricsHub }, questions, { openStore }] = await Promise.all([
    import('../process/primary.js'),
    import('../process/metrics-hub.js'),
    import('../process/questions.js'),
    import('../store/open-store.js'),
  ]);
  // Once, before any worker: what is wrong with the database is then said once, and the tables are there for all.
  await (await openStore(config, resources, {})).close();
  const hits = config.limit && new Windows(config.limit.windowSeconds * 1000);
  const hub = createMetricsHub(() => primary, logger);
  const primary = startPrimary({
    workers: config.workers,
    listeners: listenersOf(config),
    fork: (slot) => host.forkWorker(slot),
    signals: host.signals,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    log: logger,
    onWorker(worker) {
      if (hits) worker.channel.answer(questions.countHits, countBatches(hits));
      worker.channel.answer(questions.metricsOfAll, () => hub.text());
      worker.channel.answer(questions.workerSlots, () => Array.from({ length: config.workers }, (_, slot) => slot));
      worker.channel.answer(questions.profileOnWorker, async (request) => {
        const found = primary.workers().find(({ slot }) => slot === request.worker);
        return found
          ? found.channel.ask(questions.profileHere, request, config.timeoutMs)
          : { outcome: 'no_such_worker' };
      });
    },
    onWorkerExit: (worker) => hub.retire(worker),
    onListening: (addresses) => sayListening(logger, config, addresses),
  });
  leaveSignals();
  const code = await primary.ended;
  await logger.flush();
  host.exit(code);
}

function listenersOf({
  listen,
  adminListen,
}: Config): { name: ListenerName; host: string | undefined; port: number }[] {
  const listeners: { name: ListenerName; host: string | undefined; port: number }[] = [{ name: 'api', ...listen }];
  if (adminListen) listeners.push({ name: 'admin', ...adminListen });
  return listeners;
}

function sayListening(logger: Logger, config: Config, [api, admin]: readonly AddressInfo[]): void {
  logger.info('listening', {
    ...(api && { address: `http://${addressText({ host: api.address, port: api.port })}`, port: api.port }),
    ...(admin && { admin_address: `http://${addressText({ host: admin.address, port: admin.port })}` }),
    workers: config.workers,
    repo: config.repo,
  });
}
