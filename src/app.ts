import type { Socket } from 'node:net';
import type { Middleware } from 'koa';
import type { Config } from './config/config.js';
import {
  type Authenticators,
  type Handlers,
  maximumOf,
  type OperationsWithout,
  contract as ownContract,
  pathsOf,
  servedContract,
} from './contract/contract.js';
import { type ContractApi, type ContractApiOptions, createContractApi } from './contract/dispatch.js';
import { createReplyCheck } from './contract/reply.js';
import { untyped } from './contract/types.js';
import { Application } from './http/application.js';
import { contractPages, docsPage, optionsAsterisk, type Page, pageRouter, rootPage } from './http/browser-pages.js';
import { admission } from './http/middleware/admission.js';
import { authentication, guardPages } from './http/middleware/authentication.js';
import { body, unpacking } from './http/middleware/body.js';
import { consistency } from './http/middleware/consistency.js';
import { contract } from './http/middleware/contract.js';
import { cors } from './http/middleware/cors.js';
import { deadline } from './http/middleware/deadline.js';
import { errorBoundary } from './http/middleware/error-boundary.js';
import { type Observers, observation } from './http/middleware/observation.js';
import { type Limit, openLimit, rateLimit } from './http/middleware/rate-limit.js';
import { rejection } from './http/middleware/rejection.js';
import { type RequestContext, requestContext } from './http/middleware/request-context.js';
import { routing } from './http/middleware/routing.js';
import { ProblemFormat } from './http/problems.js';
import { respond } from './http/respond.js';
import { AdmissionQueue } from './http/transport/admission-queue.js';
import type { DrainOptions, DrainOutcome } from './http/transport/connections.js';
import { createHttpServer, type HttpServer } from './http/transport/server.js';
import { connectionsLimit } from './http/transport/slow-clients.js';
import type { StoreCallFacts } from './observe/facts.js';
import { createAccessLog, type Logger } from './observe/logger.js';
import { type Metrics, shareRenderings } from './observe/metrics.js';
import { observeCalls, observedStoreEvents } from './observe/store-metrics.js';
import type { Tracing } from './observe/tracing.js';
import { consolePages } from './operators/console.js';
import {
  type AdminDependencies,
  adminHandlers,
  authenticateOperators,
  monitoringHandlers,
  type OperatorPrincipals,
  operatorsPaths,
  PROBES,
} from './operators/handlers.js';
import { paymentHandlers } from './payments/handlers.js';
import { createLinks, createPaymentCursors, type PaymentCursors } from './payments/pages.js';
import { PROBLEMS } from './payments/problems.js';
import { type PaymentColumn, payments, resources, SERVICE_NAME } from './payments/resource.js';
import { createRules } from './payments/rules.js';
import type { Remote } from './process/channel.js';
import type { PrimaryMethods } from './process/worker-process.js';
import { type FollowedStore, followed } from './store/follow.js';
import { openStore } from './store/open-store.js';
import type { AnyResource } from './store/tables.js';
import type { ResourceDescription, ResourceStore, Store } from './store/types.js';

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Null if this process is the only one. */
  readonly primary: Remote<PrimaryMethods> | null;
  readonly processFacts: Pick<NodeJS.Process, 'pid'>;
  /** Runs once the repository is open, before anything is served. */
  readonly prepareRepo?: (store: ResourceStore<PaymentColumn>) => Promise<void>;
  /** Replaces the configured database. */
  readonly stored?: Stored;
  /** Further middleware, between the service's own middleware and its operations. */
  readonly middleware?: readonly Middleware[];
  /** Further resources, which the service's own may refer to. */
  readonly otherResources?: readonly AnyResource[];
  /** Further contracts; `resource` opens a resource, with the service's own observers. */
  readonly otherApis?: (
    parts: Pick<Stored, 'resource'> & Pick<ContractApiOptions, 'checkReply'>,
  ) => Promise<readonly ContractApi[]>;
}

export interface Stored {
  readonly store: Pick<Store, 'ping' | 'close'>;
  readonly payments: FollowedStore<PaymentColumn>;
  resource<Column extends string>(description: ResourceDescription<Column>): ResourceStore<Column>;
  /** All resources; one that refers to others comes after them. */
  readonly resources: AdminDependencies['resources'];
}

/** The names of the listeners, for connections that a primary hands over. */
export type ListenerName = 'api' | 'admin';

export type App = Awaited<ReturnType<typeof createApp>>;

interface Parts extends AppOptions {
  readonly stored: Stored;
  readonly observers: Observers;
  readonly limit: Limit | null;
  /** Whether draining has begun: `/health` is 503 from then on. */
  readonly isDraining: () => boolean;
  readonly renderMetrics: () => Promise<string>;
}

/** The operations that do not declare a problem that the others declare. A missing or surplus one does not compile. */
({
  413: {},
  415: {},
  429: { getHealth: true, getLiveness: true, getMetrics: true },
  500: {},
  503: { getHealth: true, getLiveness: true },
}) satisfies { readonly [Status in 413 | 415 | 429 | 500 | 503]: Readonly<Record<OperationsWithout<Status>, true>> };

const problems = new ProblemFormat(SERVICE_NAME, PROBLEMS);

/** The composition root. Throws like `openStore`. */
export async function createApp(options: AppOptions) {
  const { config, logger, metrics, primary } = options;
  const tracing = await openTracingIfEnabled(options);
  const stored = options.stored ?? (await openStored(options, tracing));
  await options.prepareRepo?.(stored.payments);
  const limit = await openLimit({
    ...config,
    service: SERVICE_NAME,
    logger,
    metrics,
    ask: primary && ((hits) => primary.countHits(hits)),
  });
  let isDraining = false;
  const parts: Parts = {
    ...options,
    renderMetrics: primary ? shareRenderings(() => primary.metrics()) : metrics.text,
    stored,
    limit,
    observers: { accessLog: createAccessLog(logger), metrics, tracing },
    isDraining: () => isDraining,
  };
  const profiling = config.profiling ? await openProfilingPages(options) : {};
  const servers: Partial<Record<ListenerName, HttpServer>> = {};
  if (config.adminListen === null) servers.api = await createServer(parts, profiling);
  else {
    // With an admin listener, the operators' endpoints are switched off on the public one.
    const open = { ...config, admin: false, metrics: false, console: false };
    servers.api = await createServer({ ...parts, config: open }, {});
    servers.admin = await createServer(parts, profiling);
  }

  return {
    servers,
    adopt: (listener: string, socket: Socket) => (listener === 'admin' ? servers.admin : servers.api)?.adopt(socket),
    takeBackHits: (key: string) => limit?.store.takeBack(key) ?? 0,
    /** Finishes accepted requests, closes the repository, and flushes the log. */
    async drain(drainOptions: DrainOptions): Promise<DrainOutcome> {
      isDraining = true;
      stored.payments.endWaits();
      const outcomes = await Promise.all(Object.values(servers).map((server) => server.drain(drainOptions)));
      limit?.store.close();
      await stored.store.close();
      await tracing?.close();
      await logger.flush();
      return outcomes.includes('forced') ? 'forced' : 'clean';
    },
  };
}

async function createServer(parts: Parts, profiling: Record<string, Page>): Promise<HttpServer> {
  const { config, logger, metrics, limit, observers, stored } = parts;
  const operatorToken = authenticateOperators(config.adminToken);
  const cursors = createPaymentCursors(config.repoTable);
  const checkReply = createReplyCheck({
    share: config.replyCheck,
    renderProblem: (details, status) => problems.json(details, 'check', status),
    onResult({ error, ...reply }) {
      try {
        metrics.replyValidated(error === null ? 'valid' : 'invalid');
        if (error !== null) logger.error('a reply violates the contract', { ...reply, error });
      } catch (defect) {
        // A failed check must not change the response.
        logger.error('a reply could not be checked', { ...reply, error: defect });
      }
    },
  });
  const served = servedContract(ownContract, config.apiVersion, config.externalUrl);
  const pathOf = pathsOf(served);
  const api = createContractApi({
    contract: served,
    handlers: untyped(createHandlers(parts, cursors, served)),
    authenticators: { operatorToken } satisfies Authenticators<OperatorPrincipals>,
    rules: createRules(cursors),
    checkReply,
  });
  const apis = [api, ...((await parts.otherApis?.({ ...parts.stored, checkReply })) ?? [])];
  const onFailure = ({ requestId, route }: RequestContext, error: unknown) =>
    logger.error('a request failed', { request_id: requestId, route, error });

  const pages = {
    ...rootPage(config.externalUrl),
    ...contractPages(api.definition),
    ...docsPage(api.definition, config.externalUrl),
    ...consolePages({ ...parts, cursors, definition: api.definition, changes: stored.payments }),
    ...profiling,
  };
  const queue = new AdmissionQueue();
  const probes = new Set(PROBES.map(pathOf));
  const app = new Application(problems);
  app.on('error', (error) => logger.error('a middleware failed', { error }));
  app.use(requestContext(config));
  app.use(observation(observers));
  app.use(respond(onFailure));
  if (config.repoReadUri !== null) app.use(consistency());
  app.use(errorBoundary(onFailure));
  app.use(deadline());
  app.use(routing(apis));
  if (config.cors) app.use(cors(apis, config.corsOrigins, operatorsPaths(pathOf), pages));
  app.use(rejection(metrics.transportError));
  if (config.compress) {
    // Loaded on demand: koa-compress's tables of media types take a while to load.
    const { compression } = await import('./http/middleware/compression.js');
    app.use(compression());
  }
  for (const middleware of parts.middleware ?? []) app.use(middleware);
  if (limit) app.use(rateLimit(limit, new Set([...PROBES, 'getMetrics' as const].map(pathOf))));
  app.use(authentication());
  app.use(body(config.bodyLimitBytes));
  app.use(admission({ ...config, exempt: probes, queue, onShed: metrics.requestShed }));
  app.use(unpacking(config.bodyLimitBytes));
  app.use(contract());
  app.use(optionsAsterisk());
  app.use(guardPages(['/profiling', '/console/service'], operatorToken));
  app.use(pageRouter(pages).routes());

  return createHttpServer({
    handler: app.callback(),
    requestTimeoutMs: config.timeoutMs,
    bodyLimitBytes: config.bodyLimitBytes,
    queue,
    urgentPaths: probes,
    onWait: metrics.inFlight,
    onShed: metrics.requestShed,
    onAcceptError: (error) => logger.error('connections cannot be accepted', { error }),
  });
}

/** One handler for each operation of the contract. A missing or surplus one does not compile. */
function createHandlers(
  { config, stored, isDraining, renderMetrics }: Parts,
  cursors: PaymentCursors,
  served: typeof ownContract,
): Handlers {
  const links = createLinks(config.externalUrl, pathsOf(served));
  const maxResults = Math.min(config.maxResults, maximumOf(served, 'size'));
  return {
    ...paymentHandlers({ repo: stored.payments, links, cursors, maxResults }),
    ...adminHandlers({ ...stored, adminEnabled: config.admin }),
    ...monitoringHandlers({ ...stored, isDraining, renderMetrics: config.metrics ? renderMetrics : null }),
  };
}

async function openProfilingPages({ config: { timeoutMs }, primary, processFacts: { pid } }: AppOptions) {
  const { profilingPages } = await import('./operators/profiling.js');
  return profilingPages({ service: SERVICE_NAME, pid, timeoutMs, excuse: async (forMs) => primary?.excuse(forMs) });
}

async function openTracingIfEnabled({ config, version, logger, processFacts }: AppOptions): Promise<Tracing | null> {
  if (config.otel === null) return null;
  const { openTracing } = await import('./observe/tracing.js');
  return openTracing({
    protocol: config.otel,
    service: SERVICE_NAME,
    serviceVersion: version,
    externalUrl: config.externalUrl,
    databaseSystem: config.repo === 'postgres' ? 'postgresql' : 'sqlite',
    resourceAttributes: { 'process.pid': processFacts.pid },
    onDiagnostic: (level, message) => logger[level](message),
  });
}

async function openStored(options: AppOptions, tracing: Tracing | null): Promise<Stored> {
  const { config, metrics, logger, otherResources = [] } = options;
  const all = [...resources, ...otherResources];
  const store = await openStore(config, all, observedStoreEvents(metrics, logger));
  const onEnd = (call: StoreCallFacts) => {
    metrics.storeCall(call);
    tracing?.recordStoreCall(call);
  };

  function resource<Column extends string>(description: ResourceDescription<Column>): ResourceStore<Column> {
    return observeCalls(store.resource(description), onEnd, `${description.name}.`);
  }
  // Waiting clients are not idle, so they may not use up the connections.
  const main = followed(resource(payments), connectionsLimit() / 2);
  const opened = all.map((description) => (description.name === payments.name ? main : resource(description)));
  return { store, payments: main, resource, resources: opened };
}
