/**
 * Hono on Node, as in its documentation: validators of the same Ajv schemas as middleware, `c.json`, pino for the log,
 * prom-client for the metrics, a rate limit in a Map.
 */
import { serve } from '@hono/node-server';
import type { ValidateFunction } from 'ajv';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { validator } from 'hono/validator';
import pino from 'pino';
import { pageBody, paymentBody, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { BODY_LIMIT_BYTES, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { type InvalidField, type ProblemCode, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import type { SentPayment } from './support/rules.js';
import { schemas } from './support/schemas.js';
import { openStore, parsedAttributes } from './support/store.js';
import { createValidatorCompiler } from './support/validators.js';

type Env = {
  Bindings: { incoming: { socket: { remoteAddress?: string } } };
  Variables: { requestId: string };
};
type Input = { [key: string]: unknown };

const options = readOptions();
const store = await openStore(options, parsedAttributes);
const metrics = createMetrics();
const log = pino({ base: null });
const compile = createValidatorCompiler();

function rejectWith(c: Context<Env>, code: ProblemCode, errors?: readonly InvalidField[]): Response {
  const body = problem(code, c.get('requestId'), errors);
  return c.json(body, body.status as 400);
}

function errorsOf(validate: ValidateFunction): InvalidField[] {
  return (validate.errors ?? []).map(({ instancePath, message = 'is not valid' }) => ({
    pointer: instancePath,
    detail: message,
  }));
}

/** Validates a part of a request, for Hono's `validator`. */
function valid<T>(schema: object, httpPart: string) {
  const validate = compile({ schema, httpPart });
  return (value: unknown, c: Context<Env>): T | Response =>
    validate(value) ? (value as T) : rejectWith(c, 'validation_failed', errorsOf(validate));
}

const app = new Hono<Env>();

app.use(async (c, next) => {
  const startedAt = performance.now();
  const requestId = requestIdOf(c.req.header('x-request-id'));
  c.set('requestId', requestId);
  await next();
  c.header('X-Request-Id', requestId);
  const seconds = (performance.now() - startedAt) / 1000;
  const { method } = c.req;
  const { status } = c.res;
  const route = c.req.routePath;
  metrics.duration.labels(method, route, String(status)).observe(seconds);
  log.info({ request_id: requestId, method, route, status, duration_ms: seconds * 1000 }, 'request');
});

const counts = new Map<string, number>();
setInterval(() => counts.clear(), 1000).unref();
app.use('/v1/*', async (c, next) => {
  const address = c.env.incoming.socket.remoteAddress ?? '';
  const count = (counts.get(address) ?? 0) + 1;
  counts.set(address, count);
  if (count > LIMIT_PER_SECOND) return rejectWith(c, 'rate_limited');
  return next();
});

app.onError((error, c) => {
  log.error({ err: error, request_id: c.get('requestId') });
  return rejectWith(c, error.name === 'SyntaxError' ? 'malformed_json' : 'internal_error');
});
app.notFound((c) => rejectWith(c, 'route_not_found'));

const limited = bodyLimit({
  maxSize: BODY_LIMIT_BYTES,
  onError: (c) => rejectWith(c as Context<Env>, 'body_too_large'),
});

app.get(
  '/v1/payments',
  validator('query', valid<{ size?: number; after?: string }>(schemas.pageQuery, 'querystring')),
  async (c) => {
    const { size: asked, after } = c.req.valid('query');
    const size = Math.min(asked ?? MAX_RESULTS, MAX_RESULTS);
    const position = after === undefined ? 0 : decodeCursor(after);
    if (position === null) {
      return rejectWith(c, 'validation_failed', [{ pointer: '/query/after', detail: 'is not a cursor' }]);
    }
    c.header('Cache-Control', 'no-cache');
    return c.json(pageBody(options, await store.list(position, size), { after }, size));
  },
);

app.get(
  '/v1/payments/:id',
  validator('param', valid<{ id: string }>(schemas.params, 'params')),
  validator('header', valid<Input>(schemas.ifNoneMatch, 'headers')),
  async (c) => {
    const payment = await store.find(c.req.valid('param').id);
    if (payment === null) return rejectWith(c, 'payment_not_found');
    const etag = etagOf(payment.version);
    c.header('ETag', etag);
    c.header('Cache-Control', 'no-cache');
    const condition = c.req.header('if-none-match');
    if (condition !== undefined && matchesTag(condition, etag)) return c.body(null, 304);
    return c.json(paymentBody(options, payment));
  },
);

app.post(
  '/v1/payments',
  limited,
  validator('json', valid<{ data: SentPayment }>(schemas.create, 'body')),
  async (c) => {
    const { id, organisation_id: organisationId, attributes } = c.req.valid('json').data;
    const payment = { id, version: 0, organisationId, attributes };
    if (!(await store.create(payment))) return rejectWith(c, 'payment_exists');
    c.header('ETag', etagOf(0));
    c.header('Cache-Control', 'no-cache');
    c.header('Location', paymentUrl(options, id));
    return c.json(paymentBody(options, payment), 201);
  },
);

app.put(
  '/v1/payments/:id',
  limited,
  validator('param', valid<{ id: string }>(schemas.params, 'params')),
  validator('header', valid<Input>(schemas.ifMatch, 'headers')),
  validator('json', valid<{ data: SentPayment }>(schemas.update, 'body')),
  async (c) => {
    const { id } = c.req.valid('param');
    const { data } = c.req.valid('json');
    const { version, organisation_id: organisationId, attributes } = data;
    if (data.id !== id) {
      return rejectWith(c, 'validation_failed', [{ pointer: '/data/id', detail: 'must be the id of the path' }]);
    }
    const condition = c.req.header('if-match');
    if (condition !== undefined && !matchesTag(condition, etagOf(version))) return rejectWith(c, 'precondition_failed');
    const outcome = await store.update({ id, version, organisationId, attributes });
    if (outcome === 'not_found') return rejectWith(c, 'payment_not_found');
    if (outcome === 'version_conflict') return rejectWith(c, 'version_conflict');
    c.header('ETag', etagOf(version + 1));
    c.header('Cache-Control', 'no-cache');
    return c.json(paymentBody(options, { id, version: version + 1, organisationId, attributes }));
  },
);

app.get('/health', (c) => c.json({ status: 'up' }));
app.get('/metrics', async (c) => c.text(await metrics.registry.metrics()));

serve({ fetch: app.fetch, port: options.port, hostname: options.host });
