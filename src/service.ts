import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { type App, createApp } from './app.js';
import type { Config } from './config/config.js';
import { limitPolicy } from './http/limit/headers.js';
import { createRateLimiter } from './http/limit/limiter.js';
import { createMemoryStore } from './http/limit/memory-store.js';
import { createRemoteStore } from './http/limit/remote-store.js';
import type { LimitStore } from './http/limit/store.js';
import { createAdminGuard } from './http/middleware/admin-guard.js';
import type { Page } from './http/pages/pages.js';
import type { DrainOptions, DrainOutcome } from './http/transport/connections.js';
import { createHttpServer, type HttpServer, type Lifecycle } from './http/transport/server.js';
import type { Logger } from './observe/logger.js';
import { type Metrics, shareRenderings } from './observe/metrics.js';
import type { Tracing } from './observe/tracing.js';
import { tracingSettings } from './observe/tracing-settings.js';
import { observeCalls } from './observe/wrap-methods.js';
import type { ProcessFacts } from './operators/profiling/runtime-summary.js';
import { SERVICE_NAME } from './payments/service-name.js';
import type { Channel } from './process/channel.js';
import {
  countHits,
  metricsOfAll,
  metricsOfOne,
  profileHere,
  profileOnWorker,
  workerSlots,
} from './process/questions.js';
import { boundedRepo } from './store/bounded-repo.js';
import { openRepo } from './store/open-repo.js';
import type { Repo } from './store/repo.js';

/** What a process needs to serve. */
export interface ServiceOptions {
  readonly config: Config;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** To the primary process; null where this process is the only one. */
  readonly channel: Channel | null;
  /** Node's `process`, to be looked at by profiles. */
  readonly processFacts: ProcessFacts;
  /** Runs once the repository is open, before anything is served. */
  readonly prepareRepo?: (repo: Repo) => Promise<void>;
}

/** Names of the listeners, for connections that a primary process hands over. */
export type ListenerName = 'api' | 'admin';

/** The service, as one process runs it. */
export interface Service {
  readonly servers: Readonly<Partial<Record<ListenerName, HttpServer>>>;
  /** Serves a connection that the primary accepted. */
  adopt(listener: string, socket: Socket): void;
  /** Finishes what was accepted, closes the repository, and flushes the log. */
  drain(options: DrainOptions): Promise<DrainOutcome>;
}

/** What spans may still take to be sent when the service stops, ms. */
const TRACING_CLOSE_MS = 1000;
/** A snapshot of a heap of several gigabytes takes some minutes. */
const SNAPSHOT_MS = 600_000;

/**
 * Opens everything one process serves with.
 *
 * @param options - configuration, log, and the way to the primary process
 * @throws what `openRepo` throws, and TracingError
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { config, logger, metrics, channel } = options;
  const lifecycle: Lifecycle = { draining: false };
  const tracing = await openTracingIfAsked(options);
  const repo = await openObservedRepo(config, metrics, logger, tracing);
  await options.prepareRepo?.(repo);
  const limit = await openLimit(config, metrics, logger, channel);
  const pages = config.profiling ? await openProfiling(options) : {};
  channel?.answer(metricsOfOne, () => metrics.snapshot());

  const parts = {
    settings: config,
    repo,
    logger,
    metrics,
    tracing,
    limit,
    isReady: () => !lifecycle.draining,
    renderMetrics: channel ? shareRenderings(() => channel.ask(metricsOfAll, null)) : metrics.text,
    guard: createAdminGuard(config.adminToken),
  };
  // With a listener of their own, the operators' endpoints are switched off on the public one.
  const isApart = config.adminListen !== null;
  const publicSettings = isApart ? { ...config, admin: false, metrics: false } : config;
  const app = await createApp({ ...parts, settings: publicSettings, pages: isApart ? {} : pages });
  const adminApp = isApart ? await createApp({ ...parts, pages }) : null;

  function serve({ handler, refuse }: App): HttpServer {
    return createHttpServer({
      handler,
      lifecycle,
      timeouts: { requestTimeoutMs: config.timeoutMs },
      refuse,
      onAcceptError: (error) => logger.error('connections cannot be accepted', { error }),
    });
  }

  const servers: Partial<Record<ListenerName, HttpServer>> = { api: serve(app) };
  if (adminApp) servers.admin = serve(adminApp);

  return {
    servers,
    adopt(listener, socket) {
      (listener === 'admin' ? servers.admin : servers.api)?.adopt(socket);
    },
    async drain(drainOptions) {
      app.beginDrain();
      adminApp?.beginDrain();
      const outcomes = await Promise.all(Object.values(servers).map((server) => server.drain(drainOptions)));
      app.close();
      adminApp?.close();
      limit?.limiter.close();
      await repo.close();
      await tracing?.close(TRACING_CLOSE_MS);
      await logger.flush();
      return outcomes.includes('forced') ? 'forced' : 'clean';
    },
  };
}

async function openTracingIfAsked({ config, version, logger, processFacts }: ServiceOptions): Promise<Tracing | null> {
  const settings = tracingSettings(config.otel, config.otelEnvironment);
  if (!settings) return null;
  const { openTracing } = await import('./observe/tracing.js');
  return openTracing({
    settings,
    service: SERVICE_NAME,
    serviceVersion: version,
    externalUrl: config.externalUrl,
    databaseSystem: config.repo === 'postgres' ? 'postgresql' : 'sqlite',
    resourceAttributes: { 'process.pid': processFacts.pid },
    onDiagnostic: (level, message) => logger[level](message),
  });
}

async function openObservedRepo(
  config: Config,
  metrics: Metrics,
  logger: Logger,
  tracing: Tracing | null,
): Promise<Repo> {
  const { storeEvents } = metrics;
  const repo = await openRepo(config, {
    ...storeEvents,
    breaker(state) {
      storeEvents.breaker(state);
      logger.warn('circuit breaker', { state });
    },
    unnamed(reason) {
      logger.warn('prepared statements are given up: a pooler in front of Postgres loses them', { code: reason });
    },
  });
  return observeCalls(config.repo === 'postgres' ? boundedRepo(repo) : repo, (call) => {
    metrics.storeCall(call);
    tracing?.recordStoreCall(call);
  });
}

async function openLimit(config: Config, metrics: Metrics, logger: Logger, channel: Channel | null) {
  if (!config.limit) return null;
  const { max, windowSeconds } = config.limit;
  const windowMs = windowSeconds * 1000;
  const onState = (state: 'shared' | 'local', cause: unknown) => {
    metrics.limitStore(state);
    if (state === 'local') logger.warn('rate limit counted in this process alone', { error: cause });
    else logger.info('rate limit counted for all again');
  };
  const store = await openLimitStore({ max, windowMs, onState, url: config.limitStore, channel });
  const limiter = createRateLimiter({ max, store });
  metrics.watch({
    name: 'rate_limit_clients',
    help: 'Client addresses the rate limiter remembers.',
    read: () => limiter.size,
  });
  return { limiter, policy: limitPolicy(max, windowMs) };
}

async function openLimitStore({
  url,
  channel,
  ...options
}: {
  readonly max: number;
  readonly windowMs: number;
  readonly onState: (state: 'shared' | 'local', cause: unknown) => void;
  readonly url: string;
  readonly channel: Channel | null;
}): Promise<LimitStore> {
  if (url !== 'memory') {
    const { createRedisStore } = await import('./http/limit/redis-store.js');
    return createRedisStore({ ...options, url });
  }
  if (!channel) return createMemoryStore(options);
  return createRemoteStore({ ...options, ask: (batch) => channel.ask(countHits, batch) });
}

async function openProfiling({ config, channel, processFacts }: ServiceOptions): Promise<Record<string, Page>> {
  const [{ createLocalProfiler }, { profilingPages }, { profileSecondsLimit }] = await Promise.all([
    import('./operators/profiling/local-profiler.js'),
    import('./operators/profiling/profiling-pages.js'),
    import('./operators/profiling/profile.js'),
  ]);
  const profile = createLocalProfiler({ process: processFacts, snapshotFolder: tmpdir() });
  /** The process does nothing else while it writes a snapshot of its heap, and its primary must not take that for a hang. */
  const local: typeof profile = async (kind, options) => {
    if (kind !== 'heap' || !channel) return profile(kind, options);
    await excuse(channel, SNAPSHOT_MS);
    return profile(kind, options).finally(() => excuse(channel, 0));
  };
  const maxSeconds = profileSecondsLimit(config.timeoutMs);
  if (!channel) return profilingPages({ maxSeconds, runOn: (_worker, kind, options) => local(kind, options) });
  channel.answer(profileHere, ({ kind, options }) => local(kind, options));
  return profilingPages({
    maxSeconds,
    workers: await channel.ask(workerSlots, null).then((slots) => () => slots),
    runOn: (worker, kind, options) =>
      worker === undefined
        ? local(kind, options)
        : channel.ask(profileOnWorker, { worker, kind, options }, config.timeoutMs),
  });
}

/** Resolves when the primary was told, whether or not it still is there. */
function excuse(channel: Channel, forMs: number): Promise<void> {
  return new Promise((resolve) => channel.send({ kind: 'excused', forMs }, undefined, () => resolve()));
}
