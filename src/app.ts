import type { RequestListener } from 'node:http';
import Koa from 'koa';
import { paymentsContract, untyped } from './contract/contract.js';
import { type ContractApi, createContractApi } from './contract/contract-api.js';
import { createReplyCheck } from './contract/reply-check.js';
import { createHandlers } from './handlers.js';
import type { Exchange } from './http/exchange.js';
import type { LimitPolicy } from './http/limit/headers.js';
import type { RateLimiter } from './http/limit/limiter.js';
import type { AdminGuard } from './http/middleware/admin-guard.js';
import type { CompressedWriter } from './http/middleware/compressed-writer.js';
import { createCors } from './http/middleware/cors.js';
import { createDeadlines } from './http/middleware/deadline.js';
import { answerLate } from './http/middleware/late-answer.js';
import { createOverloadGuard } from './http/middleware/overload.js';
import { docsPages } from './http/pages/docs-page.js';
import { contractPages, type Page, pageRouter } from './http/pages/pages.js';
import { createPipeline } from './http/pipeline.js';
import { leanCallback } from './http/transport/lean-callback.js';
import { createRefusals } from './http/transport/refusals.js';
import type { Refuse } from './http/transport/transport-errors.js';
import { createAccessLog } from './observe/access-log.js';
import type { Logger } from './observe/logger.js';
import type { Metrics } from './observe/metrics.js';
import { createObserver } from './observe/observer.js';
import type { Tracing } from './observe/tracing.js';
import { createLinks } from './payments/links.js';
import { rules } from './payments/rules.js';
import type { Repo } from './store/repo.js';

/** What the application is configured with; a part of the service's `Config`. */
export interface AppSettings {
  readonly apiVersion: string;
  readonly externalUrl: string;
  readonly maxResults: number;
  readonly bodyLimitBytes: number;
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  readonly trustProxy: boolean;
  readonly compress: boolean;
  readonly cors: boolean;
  readonly corsOrigins: '*' | readonly string[];
  readonly admin: boolean;
  readonly metrics: boolean;
  readonly replyCheck: number;
}

/** What the application works with. */
export interface AppParts {
  readonly settings: AppSettings;
  readonly repo: Repo;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Renders the metrics of all worker processes. */
  readonly renderMetrics: () => Promise<string>;
  readonly limit: { readonly limiter: RateLimiter; readonly policy: LimitPolicy } | null;
  /** Whether the service takes new work. */
  readonly isReady: () => boolean;
  /** Null where there are no traces. */
  readonly tracing?: Tracing | null;
  /** Whether a request may use the operators' endpoints. */
  readonly guard?: AdminGuard;
  /** Pages beside the contract's own, by path. */
  readonly pages?: Readonly<Record<string, Page>>;
  /** Further contracts, mounted beside the first under the prefixes of their own paths. */
  readonly otherApis?: readonly ContractApi[];
}

/** The application: answers requests, until it is closed. */
export interface App {
  readonly handler: RequestListener;
  /** Answers what no handler shall see. */
  readonly refuse: Refuse;
  /** To be called before the server drains. */
  beginDrain(): void;
  close(): void;
}

/** How often the deadlines are looked at, ms: the most that a late answer is late. */
const DEADLINE_TICK_MS = 50;

/**
 * Puts the application together: the composition root.
 *
 * @param parts - what it is made of
 */
export async function createApp(parts: AppParts): Promise<App> {
  const { settings, repo, logger, metrics, isReady, tracing = null, pages = {}, otherApis = [] } = parts;
  const contract = paymentsContract(settings.apiVersion, settings.externalUrl);
  const handlers = createHandlers({
    repo,
    isReady,
    links: createLinks(settings.externalUrl, settings.apiVersion),
    maxResults: settings.maxResults,
    adminEnabled: settings.admin,
    renderMetrics: settings.metrics ? parts.renderMetrics : null,
  });
  const api = await createContractApi({ contract, handlers: untyped(handlers), rules });
  const accessLog = createAccessLog(logger);
  const observer = createObserver({ accessLog, metrics, tracing });
  const overload = createOverloadGuard();
  const deadlines = createDeadlines<Exchange>({
    tickMs: DEADLINE_TICK_MS,
    onDeadline(exchange) {
      if (answerLate(exchange)) observer.observe(exchange);
    },
  });

  const koa = new Koa();
  // The pipeline answers every error itself; what still reaches Koa is a defect, or a socket that broke off.
  const onKoaError = (error: unknown) => logger.debug('koa', { error });
  koa.on('error', onKoaError);
  const apis = [api, ...otherApis];
  const cors = settings.cors ? createCors(settings.corsOrigins) : null;
  const pipeline = createPipeline({
    ...settings,
    apis,
    deadlines,
    overload,
    limit: parts.limit,
    guard: parts.guard ?? (() => true),
    cors,
    writeCompressed: settings.compress ? await openCompressedWriter(onKoaError) : null,
    checkReply: createReplyCheck({
      share: settings.replyCheck,
      onResult({ fault, ...reply }) {
        metrics.replyValidated(fault === null ? 'valid' : 'invalid');
        if (fault !== null) logger.error('a reply does not fit the contract', { ...reply, fault });
      },
    }),
    onOpened(exchange) {
      exchange.trace = observer.begin(exchange) ?? exchange.trace;
    },
    onClosed: observer.observe,
    onFailure: (exchange, error) =>
      logger.error('a request failed', { request_id: exchange.requestId, route: exchange.route, error }),
    onLimitDecision: (allowed) => metrics.limitDecision(allowed ? 'allowed' : 'limited'),
    onShed: () => metrics.requestShed(),
  });
  const router = pageRouter({ ...contractPages(contract.definition), ...docsPages(settings.externalUrl), ...pages });
  koa.use(pipeline);
  koa.use(router);
  const refuse = createRefusals({
    cors,
    trustProxy: settings.trustProxy,
    routeOf: (method, path) => routeOf(apis, method, path),
    onRefused(facts) {
      metrics.transportError(facts.errorCode);
      observer.observe(facts);
    },
  });
  return {
    handler: leanCallback(koa),
    refuse,
    beginDrain: () => overload.letGo(),
    close() {
      deadlines.close();
      accessLog.flush();
    },
  };
}

/** Loaded where it is wanted: the tables of media types behind koa-compress take a while to read. */
async function openCompressedWriter(onError: (error: unknown) => void): Promise<CompressedWriter> {
  const { createCompressedWriter } = await import('./http/middleware/compressed-writer.js');
  return createCompressedWriter(onError);
}

function routeOf(apis: readonly ContractApi[], method: string, path: string): string | null {
  for (const api of apis) {
    const found = api.find(method, path);
    if (found) return 'operation' in found ? found.operation.path : found.path;
  }
  return null;
}
