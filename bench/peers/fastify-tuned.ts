/**
 * Fastify tuned by an expert: replies are the stored JSON text without a serialiser, one buffered log line a request,
 * pre-bound metrics, no rate-limit headers on replies that need none, no callbacks in the hot path.
 */
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import pino from 'pino';
import { pageText, paymentText, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { BODY_LIMIT_BYTES, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { codeOfStatus, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import type { SentPayment } from './support/rules.js';
import { schemas } from './support/schemas.js';
import { openStore, textAttributes } from './support/store.js';
import { createValidatorCompiler } from './support/validators.js';

const options = readOptions();
const store = await openStore(options, textAttributes);
const metrics = createMetrics();
const destination = pino.destination({ fd: 1, minLength: 4096, sync: false });
setInterval(() => destination.flush(), 50).unref();
const log = pino({ base: null }, destination);

const app = fastify({
  loggerInstance: log,
  disableRequestLogging: true,
  // The log line of a request contains its id; a logger for each request would only cost.
  childLoggerFactory: (logger) => logger,
  onProtoPoisoning: 'ignore',
  onConstructorPoisoning: 'ignore',
  bodyLimit: BODY_LIMIT_BYTES,
  genReqId: (request) => requestIdOf(request.headers['x-request-id']),
});
app.setValidatorCompiler(createValidatorCompiler());

const noHeaders = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
};
await app.register(rateLimit, {
  max: LIMIT_PER_SECOND,
  timeWindow: '1 second',
  addHeadersOnExceeding: noHeaders,
});

const JSON_TYPE = 'application/json; charset=utf-8';

const observers = new Map<string, { observe(seconds: number): void }>();

app.addHook('onResponse', (request, reply, done) => {
  const { method } = request;
  const route = request.routeOptions.url ?? 'unmatched';
  const status = reply.statusCode;
  const durationMs = reply.elapsedTime;
  const key = `${method} ${route} ${status}`;
  let observer = observers.get(key);
  if (observer === undefined) {
    observer = metrics.duration.labels(method, route, String(status));
    observers.set(key, observer);
  }
  observer.observe(durationMs / 1000);
  log.info({ request_id: request.id, method, route, status, duration_ms: durationMs }, 'request');
  done();
});

app.setErrorHandler<Error & { statusCode?: number; validation?: { instancePath: string; message?: string }[] }>(
  (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, request_id: request.id });
    const errors = error.validation?.map(({ instancePath, message }) => ({
      pointer: instancePath,
      detail: message ?? 'is not valid',
    }));
    reply
      .code(status)
      .header('X-Request-Id', request.id)
      .send(problem(codeOfStatus(status), request.id, errors));
  },
);

app.get<{ Querystring: { size?: number; after?: string } }>(
  '/v1/payments',
  { schema: { querystring: schemas.pageQuery } },
  async (request, reply) => {
    const size = Math.min(request.query.size ?? MAX_RESULTS, MAX_RESULTS);
    const { after } = request.query;
    const position = after === undefined ? 0 : decodeCursor(after);
    reply.header('X-Request-Id', request.id);
    if (position === null) {
      const errors = [{ pointer: '/query/after', detail: 'is not a cursor' }];
      return reply.code(400).send(problem('validation_failed', request.id, errors));
    }
    const page = await store.list(position, size);
    reply.header('Content-Type', JSON_TYPE).header('Cache-Control', 'no-cache');
    return reply.send(pageText(options, page, { after }, size));
  },
);

app.get<{ Params: { id: string } }>(
  '/v1/payments/:id',
  { schema: { params: schemas.params, headers: schemas.ifNoneMatch } },
  async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    const payment = await store.find(request.params.id);
    if (payment === null) return reply.code(404).send(problem('payment_not_found', request.id));
    const etag = etagOf(payment.version);
    reply.header('ETag', etag).header('Cache-Control', 'no-cache');
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && matchesTag(condition, etag)) return reply.code(304).send();
    return reply.header('Content-Type', JSON_TYPE).send(paymentText(options, payment));
  },
);

app.post<{ Body: { data: SentPayment } }>(
  '/v1/payments',
  { schema: { body: schemas.create } },
  async (request, reply) => {
    const { id, organisation_id: organisationId, attributes } = request.body.data;
    const payment = { id, version: 0, organisationId, attributes: JSON.stringify(attributes) };
    reply.header('X-Request-Id', request.id);
    if (!(await store.create(payment))) return reply.code(409).send(problem('payment_exists', request.id));
    reply.code(201).header('Content-Type', JSON_TYPE).header('ETag', etagOf(0)).header('Cache-Control', 'no-cache');
    return reply.header('Location', paymentUrl(options, id)).send(paymentText(options, payment));
  },
);

app.put<{ Params: { id: string }; Body: { data: SentPayment } }>(
  '/v1/payments/:id',
  { schema: { params: schemas.params, headers: schemas.ifMatch, body: schemas.update } },
  async (request, reply) => {
    const { id } = request.params;
    const { version, organisation_id: organisationId } = request.body.data;
    reply.header('X-Request-Id', request.id);
    if (request.body.data.id !== id) {
      const errors = [{ pointer: '/data/id', detail: 'must be the id of the path' }];
      return reply.code(400).send(problem('validation_failed', request.id, errors));
    }
    const condition = request.headers['if-match'];
    if (condition !== undefined && !matchesTag(condition, etagOf(version))) {
      return reply.code(412).send(problem('precondition_failed', request.id));
    }
    const attributes = JSON.stringify(request.body.data.attributes);
    const outcome = await store.update({ id, version, organisationId, attributes });
    if (outcome === 'not_found') return reply.code(404).send(problem('payment_not_found', request.id));
    if (outcome === 'version_conflict') return reply.code(409).send(problem('version_conflict', request.id));
    const payment = { id, version: version + 1, organisationId, attributes };
    reply.header('Content-Type', JSON_TYPE).header('ETag', etagOf(payment.version)).header('Cache-Control', 'no-cache');
    return reply.send(paymentText(options, payment));
  },
);

app.get('/health', { config: { rateLimit: false } }, async () => ({ status: 'up' }));

app.get('/metrics', { config: { rateLimit: false } }, async (_request, reply) => {
  reply.type('text/plain');
  return metrics.registry.metrics();
});

await app.listen({ port: options.port, host: options.host });
