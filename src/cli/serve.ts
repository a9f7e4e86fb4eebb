import { type AddressInfo, Server } from 'node:net';
import { isatty } from 'node:tty';
import { type App, type AppOptions, createApp, type ListenerName } from '../app.js';
import { addressText, type Config, IN_MEMORY, isLoopback, urlOf, withPorts } from '../config/config.js';
import { redactUri } from '../config/config-error.js';
import type { ListenAddress } from '../config/formats.js';
import { environmentName, settingsOf } from '../config/settings.js';
import { CONFIG_FLAG } from '../config/sources.js';
import { contract } from '../contract/contract.js';
import { countForWorkers, Windows } from '../http/limit/stores.js';
import { holdPort, requireFreePort } from '../http/transport/listening.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { createMetrics, createMetricsHub, type Metrics } from '../observe/metrics.js';
import { createSink } from '../observe/sink.js';
import { resources } from '../payments/resource.js';
import type { ProcessPort } from '../process/channel.js';
import type { Listener } from '../process/primary.js';
import { handleStopSignals, type StopHandlers, type StopSignal, shutdownPlan } from '../process/shutdown.js';
import { runWorker } from '../process/worker.js';
import { type Command, type CommandLine, configOf, type Host, rejectListening } from './command-line.js';

interface Serving {
  readonly host: Host;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly prepareRepo: PrepareRepo;
  /** A worker has none. */
  readonly listeners: readonly (Listener & { readonly name: ListenerName })[];
}

type PrepareRepo = NonNullable<AppOptions['prepareRepo']>;

type TakeSignals = (handlers: StopHandlers) => void;

/** A slower response of the database is reported. */
const LATE_MS = 1000;

export const serve: Command = (host, line) => serveWith(host, line, async () => {});

/** Serves the API: in this process, as the primary of several workers, or as a worker. `prepareRepo` runs first. */
export async function serveWith(host: Host, line: CommandLine, prepareRepo: PrepareRepo): Promise<null> {
  const asked = configOf(host, line);
  const { config, listeners } = host.parent ? { config: asked, listeners: [] } : await withFreePorts(asked);
  const metrics = createMetrics({ service: host.product.serviceName, version: host.version });
  const sink = createSink({ fd: host.stdoutFd, onDrop: (lines) => metrics.logLinesDropped(lines) });
  const { logLevel: level, logFormat: format, isLogColoured: isColoured } = config;
  const logger = createLogger({ level, format, sink, isColoured });
  host.onUncaught((kind, error) => {
    logger.error(kind, { error });
    // The state after an unexpected error is unknown, so the process ends; a primary replaces it.
    logger.flushSync();
    host.exit(1);
  });
  const serving: Serving = { host, config, logger, metrics, prepareRepo, listeners };
  try {
    if (host.parent) await serveAsWorker(serving, host.parent);
    else await serveUntilSignal(serving);
  } catch (error) {
    // The caller prints the error and exits, which does not flush the log.
    logger.flushSync();
    throw error;
  }
  return null;
}

async function serveUntilSignal(serving: Serving): Promise<void> {
  const { host, config, logger } = serving;
  // Nothing was accepted yet, so a signal ends it at once. The default action would do, but the first process of a
  // container ignores signals without a handler.
  function endWhileStarting(signal: StopSignal): void {
    logger.info('ended while starting', { signal });
    logger.flushSync();
    host.exit(0);
  }
  const takeSignals = handleStopSignals(host.signals, {
    onStop: endWhileStarting,
    onKill: (_code, signal) => endWhileStarting(signal),
  });
  logger.info('starting', { version: host.version, settings: describeConfig(config) });
  reportOpenEndpoints(config, logger);
  reportUnknownVariables(host, logger);
  // A process that cannot listen must not migrate the database first.
  for (const { where, reject } of serving.listeners) {
    if (!(where instanceof Server)) await requireFreePort(where).catch(reject);
  }
  await (config.workers === 1 ? serveAlone(serving, takeSignals) : serveAsPrimary(serving, takeSignals));
}

/** If operators' endpoints need no token, logs who may use them. */
export function reportOpenEndpoints(config: Config, logger: Pick<Logger, 'warn'>, { operations } = contract): void {
  const { admin, metrics, adminToken, adminListen, listen } = config;
  const isOn: Readonly<Record<string, boolean>> = { getRepo: admin, deleteRepo: admin, getMetrics: metrics };
  const open = operations.filter(
    ({ operationId, security }) =>
      isOn[operationId] && (security.length === 0 || security.some((schemes) => !('operatorToken' in schemes))),
  );
  if (open.length > 0)
    logger.warn('the contract requires no admin-token for these operations', {
      operations: open.map(({ operationId }) => operationId),
    });
  if (adminToken !== null) return;
  if (!isLoopback(adminListen ?? listen)) {
    // The configuration rejects the others without a token.
    if (metrics) logger.warn('metrics are open to every client: set admin-token, or admin-listen to loopback');
  } else if (admin || config.profiling || config.console) {
    logger.warn(
      "the operators' endpoints need no token, so they are served to this machine only; set admin-token to serve them elsewhere",
      { address: addressText(adminListen ?? listen) },
    );
  }
}

/** What Kubernetes and Docker set for a service named like the prefix. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)|_PORT(_\d|$)/;

/** Logs the variables that were meant as settings, but name none. */
function reportUnknownVariables({ product, env }: Host, logger: Logger): void {
  const names = [...settingsOf(product).map(({ name }) => name), CONFIG_FLAG];
  const known = names.map((name) => environmentName(product, name));
  const variables = Object.keys(env).filter(
    (name) => name.startsWith(product.environmentPrefix) && !known.includes(name) && !SERVICE_LINK.test(name),
  );
  if (variables.length > 0) logger.warn('these environment variables name no setting; see --help', { variables });
}

function openApp(serving: Serving, primary: AppOptions['primary']): Promise<App> {
  const { version, facts } = serving.host;
  return reportIfLate(createApp({ ...serving, version, primary, processFacts: facts }), serving);
}

async function reportIfLate<T>(opening: Promise<T>, { logger, config }: Serving): Promise<T> {
  const timer = setTimeout(() => {
    logger.warn('the database does not respond yet: still trying', { repo_uri: redactUri(config.repoUri) });
  }, LATE_MS);
  try {
    return await opening;
  } finally {
    clearTimeout(timer);
  }
}

async function serveAlone(serving: Serving, takeSignals: TakeSignals): Promise<void> {
  const { host, config, logger } = serving;
  const app = await openApp(serving, null);
  let isStopping = false;
  function end(code: number): void {
    logger.flushSync();
    host.exit(code);
  }
  takeSignals({
    onStop(signal) {
      isStopping = true;
      logger.info('draining', { signal });
      const plan = shutdownPlan(config.shutdownTimeoutMs);
      // A hung database must not delay the exit beyond the limit.
      setTimeout(() => host.exit(1), plan.killMs).unref();
      void app.drain(plan).then(
        (outcome) => host.exit(outcome === 'clean' ? 0 : 1),
        (error: unknown) => {
          logger.error('the shutdown failed', { error });
          end(1);
        },
      );
    },
    onKill: end,
  });
  const addresses = new Map<ListenerName, AddressInfo>();
  for (const { name, where, reject } of serving.listeners) {
    if (isStopping) return;
    const address = await app.servers[name]?.listen(where).catch(reject);
    if (address) addresses.set(name, address);
  }
  reportListening(serving, [...addresses.values()]);
}

async function serveAsWorker(serving: Serving, port: ProcessPort): Promise<void> {
  const { host, metrics } = serving;
  await runWorker({
    port,
    signals: host.signals,
    exit: (code) => host.exit(code),
    start: async (primary) => ({ ...(await openApp(serving, primary)), metrics: () => metrics.snapshot() }),
  });
}

async function serveAsPrimary(serving: Serving, takeSignals: TakeSignals): Promise<void> {
  const { host, config, logger, listeners } = serving;
  const [{ startPrimary }, { openStore }] = await Promise.all([
    import('../process/primary.js'),
    import('../store/open-store.js'),
  ]);
  // Once, before any worker: a database error is then reported once, and the tables exist for all.
  await (await reportIfLate(openStore(config, resources, {}), serving)).close();
  const hub = createMetricsHub(() => primary.workers(), logger);
  const { max, windowSeconds } = config.limit ?? { max: 0, windowSeconds: 0 };
  const countHits = countForWorkers(new Windows(windowSeconds * 1000), {
    max,
    workers: config.workers,
    takeBack: (key) => primary.workers().map((worker) => worker.remote.takeBackHits(key)),
  });
  const primary = startPrimary({
    workers: config.workers,
    listeners,
    fork: (slot) => host.forkWorker(slot, flagsOfWorkers(config), { ...config.fromFile, ...host.env }),
    takeSignals,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    log: logger,
    services: { countHits, metrics: hub.text },
    onWorkerExit: (worker) => hub.retire(worker),
    onListening: (addresses) => reportListening(serving, addresses),
  });
  const code = await primary.ended;
  await logger.flush();
  host.exit(code);
}

/** Chooses free ports, which links and workers must know before anything listens. */
async function withFreePorts(config: Config): Promise<{ config: Config; listeners: Serving['listeners'] }> {
  async function take(name: ListenerName, setting: string, where: ListenAddress) {
    const reject = rejectListening(setting, where);
    if (where.port !== 0) return { port: where.port, listener: { name, where, reject } };
    const { held, port } = await holdPort(where).catch(reject);
    return { port, listener: { name, where: held, reject } };
  }

  const api = await take('api', 'listen', config.listen);
  const admin = config.adminListen && (await take('admin', 'admin-listen', config.adminListen));
  const listeners = admin ? [api.listener, admin.listener] : [api.listener];
  return { config: withPorts(config, api.port, admin?.port ?? 0), listeners };
}

/** Flags that give a worker its primary's configuration, whenever it starts. */
function flagsOfWorkers({ listen, adminListen, externalUrl }: Config): string[] {
  const admin = adminListen ? [`--admin-listen=${addressText(adminListen)}`] : [];
  return [`--listen=${addressText(listen)}`, ...admin, `--external-url=${externalUrl}`, `--${CONFIG_FLAG}=`];
}

function reportListening({ host, logger, config }: Serving, [api, admin]: readonly AddressInfo[]): void {
  logger.info('listening', {
    ...(api && { address: `http://${addressText({ host: api.address, port: api.port })}`, port: api.port }),
    ...(admin && { admin_address: `http://${addressText({ host: admin.address, port: admin.port })}` }),
    workers: config.workers,
    repo: config.repo,
  });
  const { logFormat } = config;
  const isForPerson = logFormat === 'pretty' || (logFormat === 'auto' && isatty(host.stdoutFd));
  if (!api || !isForPerson) return;
  logger.flushSync();
  host.print(banner(`${host.product.serviceName} ${host.version}`, config, api.port));
}

/** The configuration in one line for the log. Passwords are removed, and the value of a token is not shown. */
export function describeConfig(config: Config): string {
  const { adminListen, limit, repoTable } = config;
  const facts = [
    `listen ${addressText(config.listen)}`,
    `external-url ${config.externalUrl}`,
    `api-version ${config.apiVersion}`,
    `storage ${storageText(config)}`,
    `table ${repoTable.schema === null ? '' : `${repoTable.schema}.`}${repoTable.table}`,
    `workers ${config.workers}`,
    `timeout ${config.timeoutMs / 1000} s`,
    `limit ${limit === null ? 'off' : `${limit.text} in ${redactUri(config.limitStore)}`}`,
    `admin ${onOff(config.admin)}, metrics ${onOff(config.metrics)}, profiling ${onOff(config.profiling)}`,
    `console ${onOff(config.console)}`,
    ...(adminListen === null ? [] : [`admin-listen ${addressText(adminListen)}`]),
    `admin-token ${onOff(config.adminToken !== null)}`,
    `config file ${config.configFile ?? 'none'}`,
  ];
  return facts.join('; ').replace(/[\r\n]+/g, ' ');
}

export function banner(title: string, config: Config, port: number): string {
  const url = urlOf({ ...config.listen, port });
  const rows = [
    ['API', `${url}/${config.apiVersion}`],
    ['Docs', `${url}/docs/`],
    ...(config.console ? [['Console', `${config.adminListen ? urlOf(config.adminListen) : url}/console`]] : []),
    ['Health', `${url}/health`],
    ['Storage', storageText(config)],
    ['Stop', 'Ctrl-C'],
  ];
  return ['', `  ${title}`, '', ...rows.map(([name = '', text]) => `  ${name.padEnd(9)}${text}`), ''].join('\n');
}

function storageText({ repo, repoUri }: Config): string {
  if (repo === 'postgres') return `Postgres at ${redactUri(repoUri)}`;
  return repoUri === IN_MEMORY ? 'SQLite in memory, lost when the process ends' : `SQLite at ${repoUri}`;
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
