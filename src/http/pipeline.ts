import type { Context, Middleware, Next } from 'koa';
import type { MethodMismatch } from '../contract/compiled-router.js';
import type { AnyReply, CompiledOperation } from '../contract/contract.js';
import type { ContractApi } from '../contract/contract-api.js';
import { ContractRequest, type RouteMatch } from '../contract/contract-request.js';
import { type JsonDocument, JsonError } from '../contract/json-document.js';
import { RepoError } from '../store/repo.js';
import { Exchange } from './exchange.js';
import { clientAddress } from './limit/client-address.js';
import { type LimitPolicy, rateLimitHeaders } from './limit/headers.js';
import type { Decision, RateLimiter } from './limit/limiter.js';
import { type AdminGuard, isForOperators } from './middleware/admin-guard.js';
import { BodyError, checkMediaType, createInflatingReader, documentOf, hasBody, readBody } from './middleware/body.js';
import type { CompressedWriter } from './middleware/compressed-writer.js';
import type { Cors } from './middleware/cors.js';
import type { Deadlines } from './middleware/deadline.js';
import type { OverloadGuard } from './middleware/overload.js';
import { requestIdOf } from './middleware/request-id.js';
import { answerPage, methodNotAllowed } from './pages/pages.js';
import { problem, REPO_PROBLEM_DETAILS, REPO_PROBLEMS } from './problems.js';
import { discardReply, renderReply, writeReply } from './respond.js';
import { transportProblem } from './transport/refusals.js';
import { splitTarget } from './transport/request-target.js';
import { TransportError } from './transport/transport-errors.js';

/** What the pipeline is made of, and whom it tells what happened. */
export interface PipelineOptions {
  /** The contracts that are served, beside each other. */
  readonly apis: readonly ContractApi[];
  /** How long a request may take as a whole, ms. */
  readonly timeoutMs: number;
  readonly deadlines: Deadlines<Exchange>;
  readonly bodyLimitBytes: number;
  /** Requests under way before more are refused. */
  readonly maxConcurrency: number;
  /** Refuses requests that there is no time for. */
  readonly overload: OverloadGuard;
  readonly trustProxy: boolean;
  readonly limit: { readonly limiter: RateLimiter; readonly policy: LimitPolicy } | null;
  /** Whether a request may use the operators' endpoints. */
  readonly guard: AdminGuard;
  readonly cors: Cors | null;
  /** Null where answers are not compressed. */
  readonly writeCompressed: CompressedWriter | null;
  /** Looks at a reply before it is sent, to hold it against the contract. */
  readonly checkReply: (operation: CompiledOperation, reply: AnyReply) => void;
  /** A request came in. */
  readonly onOpened: (exchange: Exchange) => void;
  /** A request was answered, or its client went away: the one fact from which log line, metrics and spans are made. */
  readonly onClosed: (exchange: Exchange) => void;
  /** A handler failed in a way the contract does not foresee. */
  readonly onFailure: (exchange: Exchange, error: unknown) => void;
  /** The rate limiter let a request through, or refused it. */
  readonly onLimitDecision: (allowed: boolean) => void;
  /** A request was refused because there is too much to do. */
  readonly onShed: () => void;
}

/** As nginx logs a client that went away before its answer; it is never sent. */
const CLIENT_GONE_STATUS = 499;
/** Probes and scrapes answer whatever a client does. */
const UNLIMITED_TAG = 'monitoring';

interface FoundOperation {
  readonly api: ContractApi;
  readonly match: RouteMatch;
}

/** An operation, or what a known path allows instead of the method that was asked for. */
type Found = FoundOperation | MethodMismatch;

/**
 * The Koa middleware that every request passes: it opens the exchange, lets it be answered, and writes the answer.
 * One success exit and one failure exit lead to the same writer.
 *
 * @param options - its parts
 * @returns middleware; what it does not take (`ctx.state.reply` stays unset) is for the page router behind it
 */
export function createPipeline(options: PipelineOptions): Middleware {
  const { deadlines, timeoutMs, maxConcurrency, overload, cors, onOpened, onClosed, onFailure } = options;
  const readCompressed = createInflatingReader();
  let underWay = 0;

  return async function pipeline(ctx, next) {
    ctx.respond = false;
    const exchange = openExchange(ctx);
    underWay++;
    try {
      const reply = await answer(ctx, exchange, next);
      if (exchange.answeredBy && reply) options.checkReply(exchange.answeredBy, reply);
      finish(ctx, exchange, reply);
    } catch (error) {
      if (exchange.answered) abandon(ctx, exchange, error);
      else finish(ctx, exchange, failureReply(exchange, error));
    } finally {
      underWay--;
    }
  };

  function openExchange({ req, res }: Context): Exchange {
    const now = performance.now();
    const requestId = requestIdOf(req.headers['x-request-id']);
    const client = clientAddress(req, options.trustProxy);
    const exchange = new Exchange(req, res, requestId, client, now, now + timeoutMs);
    if (cors) exchange.extraHeaders = cors.headers(req);
    deadlines.watch(exchange);
    onOpened(exchange);
    return exchange;
  }

  /** Asynchronous only where something is waited for: each promise on the way costs every request. */
  function answer(ctx: Context, exchange: Exchange, next: Next): AnyReply | Promise<AnyReply | null> {
    const { path, queryText } = splitTarget(ctx.req.url ?? '/');
    exchange.path = path;
    const found = findOperation(exchange.method, path);
    if (found) {
      const { path: route, tag } = 'match' in found ? found.match.operation : found;
      exchange.route = route;
      if ('match' in found) exchange.operationId = found.match.operation.operationId;
      if (tag === UNLIMITED_TAG) return answerAdmitted(ctx, exchange, next, found, queryText);
    }
    const admitted = () => answerAdmitted(ctx, exchange, next, found, queryText);
    const limited = limit(exchange);
    if (limited instanceof Promise) {
      return limited.then((refused) => {
        if (refused || isOver(exchange)) return refused;
        return whenThereIsTime(exchange, performance.now(), admitted);
      });
    }
    return limited ?? whenThereIsTime(exchange, exchange.startedAt, admitted);
  }

  function answerAdmitted(
    ctx: Context,
    exchange: Exchange,
    next: Next,
    found: Found | null,
    queryText: string,
  ): AnyReply | Promise<AnyReply> {
    const match = found && 'match' in found ? found : null;
    const allow = found && 'allow' in found ? found.allow : null;
    const preflight = cors?.preflight(ctx.req, allow);
    if (preflight) return preflight;
    if (isForOperators(match?.match.operation ?? null, exchange.path) && !options.guard(ctx.req)) {
      return problem('endpoint_disabled', 'This endpoint asks for the admin token: Authorization: Bearer …');
    }
    if (allow !== null) return methodNotAllowed(exchange.method, allow);
    if (match?.match.operation.requestBody) return answerWithBody(ctx, exchange, match, queryText);
    exchange.phase = 'handling';
    if (!match) return answerPage(ctx, exchange, next);
    const request = new ContractRequest(match.match, queryText, ctx.req.headers, undefined, exchange);
    return answerRequest(match, request, exchange);
  }

  function answerRequest(
    { api, match }: FoundOperation,
    request: ContractRequest,
    exchange: Exchange,
  ): Promise<AnyReply> {
    exchange.answeredBy = match.operation;
    return api.answer(request);
  }

  function findOperation(method: string, path: string): Found | null {
    let known: MethodMismatch | null = null;
    for (const api of options.apis) {
      const found = api.find(method, path);
      if (found && 'operation' in found) return { api, match: found };
      if (found) known ??= found;
    }
    return known;
  }

  async function answerWithBody(
    ctx: Context,
    exchange: Exchange,
    found: FoundOperation,
    queryText: string,
  ): Promise<AnyReply> {
    const { headers } = ctx.req;
    const contentType = headers['content-type'];
    let body: JsonDocument | JsonError | undefined;
    if (contentType !== undefined || hasBody(ctx.req)) {
      const refused = checkMediaType(contentType);
      if (refused) return refused;
      exchange.phase = 'receiving';
      body = documentOf(await readBody(ctx, options.bodyLimitBytes, readCompressed));
    }
    exchange.phase = 'handling';
    if (!(body instanceof JsonError)) {
      return answerRequest(found, new ContractRequest(found.match, queryText, headers, body, exchange), exchange);
    }
    const request = new ContractRequest(found.match, queryText, headers, undefined, exchange);
    const { pointer, detail } = body.fault;
    request.addFault(pointer, detail);
    const reply = await answerRequest(found, request, exchange);
    if (reply.problem?.code !== 'validation_failed') return reply;
    return problem('malformed_json', `${pointer === '' ? 'The body' : pointer} ${detail}.`, request.faults ?? []);
  }

  /** Without a promise where the store answers at once, as it does in this process's memory. */
  function limit(exchange: Exchange): AnyReply | null | Promise<AnyReply | null> {
    if (!options.limit) return null;
    const { limiter, policy } = options.limit;
    const hit = limiter.hit(exchange.client);
    if (hit instanceof Promise) return hit.then((decision) => decide(exchange, decision, policy));
    return decide(exchange, hit, policy);
  }

  function decide(exchange: Exchange, decision: Decision, policy: LimitPolicy): AnyReply | null {
    const headers = rateLimitHeaders(decision, policy);
    exchange.extraHeaders = exchange.extraHeaders ? [...exchange.extraHeaders, ...headers] : headers;
    options.onLimitDecision(decision.allowed);
    if (decision.allowed) return null;
    const seconds = Math.max(1, Math.ceil(decision.resetMs / 1000));
    return problem('rate_limited', `More than ${decision.limit} requests; the next is taken in ${seconds} s.`);
  }

  /**
   * Answers at once, or when it is the request's turn, or refuses it.
   *
   * @returns null where nobody waits for an answer any more
   */
  function whenThereIsTime(
    exchange: Exchange,
    nowMs: number,
    answerNow: () => AnyReply | Promise<AnyReply>,
  ): AnyReply | Promise<AnyReply | null> {
    const isLetIn = underWay <= maxConcurrency && overload.enter(nowMs);
    if (!(isLetIn instanceof Promise)) return isLetIn ? answerNow() : shed(exchange);
    exchange.phase = 'waiting';
    return isLetIn.then((isLetInLater) => {
      if (isOver(exchange)) return null;
      return isLetInLater ? answerNow() : shed(exchange);
    });
  }

  function shed({ request, response }: Exchange): AnyReply {
    overload.holdBack(request.socket, response);
    options.onShed();
    return problem('overloaded', 'Too many requests are under way here; nothing was changed. Try again later.');
  }

  function failureReply(exchange: Exchange, error: unknown): AnyReply | null {
    if (error instanceof BodyError) return error.reply;
    // The server and the repository have deadlines of their own: the log says where the request was then as well.
    if (error instanceof TransportError || error instanceof RepoError) exchange.stage = exchange.phase;
    if (error instanceof TransportError) {
      return { ...transportProblem(error), headers: { Connection: 'close' } };
    }
    if (error instanceof RepoError) {
      if (error.code === 'broken') onFailure(exchange, error);
      return problem(REPO_PROBLEMS[error.code], REPO_PROBLEM_DETAILS[error.code]);
    }
    onFailure(exchange, error);
    return problem('internal_error', 'Something went wrong here; the request id leads to it in the log.');
  }

  /** The answer could not be written, for a header that no header may be, say: its client must not wait for it. */
  function abandon({ res }: Context, exchange: Exchange, error: unknown): void {
    onFailure(exchange, error);
    res.destroy();
  }

  function finish(ctx: Context, exchange: Exchange, reply: AnyReply | null): void {
    if (exchange.answered) {
      discardReply(reply);
      return;
    }
    deadlines.unwatch(exchange);
    if (!reply || ctx.req.socket.destroyed) {
      exchange.stage = exchange.phase;
      exchange.close(CLIENT_GONE_STATUS, 0);
      discardReply(reply);
      ctx.res.destroy();
    } else {
      const rendered = renderReply(reply, exchange);
      exchange.close(rendered.status, rendered.bytes);
      if (!options.writeCompressed?.(ctx, rendered)) writeReply(ctx.res, rendered);
    }
    onClosed(exchange);
  }
}

/** Whether nobody waits for an answer any more. */
function isOver({ answered, request }: Exchange): boolean {
  return answered || request.socket.destroyed;
}
