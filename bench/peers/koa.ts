/**
 * The usual contract-first stack, each part as in its documentation: Koa, koa-body, koa-ratelimit, winston and
 * openapi-backend, which enforces the service's own OpenAPI document; Slonik on Postgres, better-sqlite3 on SQLite.
 */
import Router from '@koa/router';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import ratelimit from 'koa-ratelimit';
import { type Context, OpenAPIBackend } from 'openapi-backend';
import winston from 'winston';
import { pageBody, paymentBody, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { CONTRACT_PATH, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { codeOfStatus, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import type { SentPayment } from './support/rules.js';
import { openSlonikStore } from './support/slonik-store.js';
import { openStore, parsedAttributes } from './support/store.js';

type Sent = Record<string, string | string[]>;

const options = readOptions();
const store =
  options.repo === 'postgres' ? await openSlonikStore(options.repoUri) : await openStore(options, parsedAttributes);
const metrics = createMetrics();

const logger = winston.createLogger({
  level: 'info',
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.Console()],
});

const api = new OpenAPIBackend({
  definition: CONTRACT_PATH,
  ajvOpts: { allErrors: true },
  customizeAjv: (ajv) => {
    ajv.addFormat('well-formed', { type: 'string', validate: (value: string) => value.isWellFormed() });
    return ajv;
  },
  handlers: {
    async listPayments(_c: Context, ctx: Koa.Context) {
      const size = Math.min(Number(ctx.query.size ?? MAX_RESULTS), MAX_RESULTS);
      const after = ctx.query.after === undefined ? undefined : String(ctx.query.after);
      const position = after === undefined ? 0 : decodeCursor(after);
      if (position === null) {
        ctx.status = 400;
        ctx.body = problem('validation_failed', ctx.state.requestId, [
          { pointer: '/query/after', detail: 'is not a cursor' },
        ]);
        return;
      }
      ctx.set('Cache-Control', 'no-cache');
      ctx.body = pageBody(options, await store.list(position, size), { after }, size);
    },
    async getPayment(c: Context, ctx: Koa.Context) {
      const payment = await store.find(String(c.request.params.id));
      if (payment === null) {
        ctx.status = 404;
        ctx.body = problem('payment_not_found', ctx.state.requestId);
        return;
      }
      ctx.status = 200;
      ctx.set('ETag', etagOf(payment.version));
      ctx.set('Cache-Control', 'no-cache');
      if (ctx.fresh) ctx.status = 304;
      else ctx.body = paymentBody(options, payment);
    },
    async createPayment(c: Context<{ data: SentPayment }>, ctx: Koa.Context) {
      const { id, organisation_id: organisationId, attributes } = c.request.requestBody.data;
      const payment = { id, version: 0, organisationId, attributes };
      if (!(await store.create(payment))) {
        ctx.status = 409;
        ctx.body = problem('payment_exists', ctx.state.requestId);
        return;
      }
      ctx.status = 201;
      ctx.set('ETag', etagOf(0));
      ctx.set('Location', paymentUrl(options, id));
      ctx.set('Cache-Control', 'no-cache');
      ctx.body = paymentBody(options, payment);
    },
    async updatePayment(c: Context<{ data: SentPayment }>, ctx: Koa.Context) {
      const id = String(c.request.params.id);
      const { version, organisation_id: organisationId, attributes } = c.request.requestBody.data;
      const { requestId } = ctx.state;
      const condition = ctx.get('If-Match');
      if (c.request.requestBody.data.id !== id) {
        ctx.status = 400;
        ctx.body = problem('validation_failed', requestId, [
          { pointer: '/data/id', detail: 'must be the id of the path' },
        ]);
        return;
      }
      if (condition !== '' && !matchesTag(condition, etagOf(version))) {
        ctx.status = 412;
        ctx.body = problem('precondition_failed', requestId);
        return;
      }
      const outcome = await store.update({ id, version, organisationId, attributes });
      if (outcome === 'updated') {
        ctx.set('ETag', etagOf(version + 1));
        ctx.set('Cache-Control', 'no-cache');
        ctx.body = paymentBody(options, { id, version: version + 1, organisationId, attributes });
      } else {
        ctx.status = outcome === 'not_found' ? 404 : 409;
        ctx.body = problem(outcome === 'not_found' ? 'payment_not_found' : 'version_conflict', requestId);
      }
    },
    validationFail(c: Context, ctx: Koa.Context) {
      const errors = (c.validation.errors ?? []).map(({ instancePath, message }) => ({
        pointer: instancePath,
        detail: message ?? 'is not valid',
      }));
      ctx.status = 400;
      ctx.body = problem('validation_failed', ctx.state.requestId, errors);
    },
    notFound(_c: Context, ctx: Koa.Context) {
      ctx.status = 404;
      ctx.body = problem('route_not_found', ctx.state.requestId);
    },
    methodNotAllowed(_c: Context, ctx: Koa.Context) {
      ctx.status = 405;
      ctx.body = problem('method_not_allowed', ctx.state.requestId);
    },
    postResponseHandler(c: Context, ctx: Koa.Context) {
      if (c.operation) ctx.state.route = c.operation.path;
    },
  },
});
await api.init();

const app = new Koa();

app.use(async (ctx, next) => {
  const startedAt = performance.now();
  const requestId = requestIdOf(ctx.get('X-Request-Id'));
  ctx.state.requestId = requestId;
  ctx.set('X-Request-Id', requestId);
  try {
    await next();
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 500) logger.error({ message: String(error), request_id: requestId });
    ctx.status = status;
    ctx.body = problem(error instanceof SyntaxError ? 'malformed_json' : codeOfStatus(status), requestId);
  }
  const durationMs = performance.now() - startedAt;
  const route = ctx.state.route ?? ctx._matchedRoute ?? 'unmatched';
  const { method, status } = ctx;
  metrics.duration.observe({ method, route, status }, durationMs / 1000);
  logger.info({ message: 'request', request_id: requestId, method, route, status, duration_ms: durationMs });
});

const router = new Router();
router.get('/health', (ctx) => {
  ctx.body = { status: 'up' };
});
router.get('/metrics', async (ctx) => {
  ctx.type = 'text/plain';
  ctx.body = await metrics.registry.metrics();
});
app.use(router.routes());

app.use(ratelimit({ driver: 'memory', db: new Map(), duration: 1000, max: LIMIT_PER_SECOND, id: (ctx) => ctx.ip }));
app.use(koaBody({ jsonLimit: '1mb' }));
app.use((ctx) => {
  const { method, path, headers, query, body } = ctx.request;
  // Koa's types allow undefined headers and parameters, which Node never produces.
  return api.handleRequest({ method, path, body, headers: headers as Sent, query: query as Sent }, ctx);
});

app.listen(options.port, options.host);
