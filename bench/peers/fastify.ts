/**
 * Fastify as in its documentation: schemas for requests and replies, the built-in logger, `@fastify/rate-limit`, hooks
 * for the metrics, attributes as objects.
 */
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import { pageBody, paymentBody, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { BODY_LIMIT_BYTES, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { codeOfStatus, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import type { SentPayment } from './support/rules.js';
import { schemas } from './support/schemas.js';
import { openStore, parsedAttributes } from './support/store.js';
import { createValidatorCompiler } from './support/validators.js';

const options = readOptions();
const store = await openStore(options, parsedAttributes);
const metrics = createMetrics();

const app = fastify({
  logger: true,
  bodyLimit: BODY_LIMIT_BYTES,
  genReqId: (request) => requestIdOf(request.headers['x-request-id']),
});
app.setValidatorCompiler(createValidatorCompiler());

await app.register(rateLimit, { max: LIMIT_PER_SECOND, timeWindow: '1 second' });

app.addHook('onRequest', async (request, reply) => {
  reply.header('X-Request-Id', request.id);
});

app.addHook('onResponse', async (request, reply) => {
  const labels = { method: request.method, route: request.routeOptions.url ?? 'unmatched', status: reply.statusCode };
  metrics.duration.observe(labels, reply.elapsedTime / 1000);
});

app.setErrorHandler<Error & { statusCode?: number; validation?: { instancePath: string; message?: string }[] }>(
  (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    const errors = error.validation?.map(({ instancePath, message }) => ({
      pointer: instancePath,
      detail: message ?? 'is not valid',
    }));
    reply.code(status).send(problem(codeOfStatus(status), request.id, errors));
  },
);

app.get<{ Querystring: { size?: number; after?: string } }>(
  '/v1/payments',
  { schema: { querystring: schemas.pageQuery, response: { 200: schemas.pageReply } } },
  async (request, reply) => {
    const size = Math.min(request.query.size ?? MAX_RESULTS, MAX_RESULTS);
    const { after } = request.query;
    const position = after === undefined ? 0 : decodeCursor(after);
    if (position === null) {
      const errors = [{ pointer: '/query/after', detail: 'is not a cursor' }];
      return reply.code(400).send(problem('validation_failed', request.id, errors));
    }
    reply.header('Cache-Control', 'no-cache');
    return pageBody(options, await store.list(position, size), { after }, size);
  },
);

app.get<{ Params: { id: string } }>(
  '/v1/payments/:id',
  { schema: { params: schemas.params, headers: schemas.ifNoneMatch, response: { 200: schemas.paymentReply } } },
  async (request, reply) => {
    const payment = await store.find(request.params.id);
    if (payment === null) return reply.code(404).send(problem('payment_not_found', request.id));
    const etag = etagOf(payment.version);
    reply.header('ETag', etag).header('Cache-Control', 'no-cache');
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && matchesTag(condition, etag)) return reply.code(304).send();
    return paymentBody(options, payment);
  },
);

app.post<{ Body: { data: SentPayment } }>(
  '/v1/payments',
  { schema: { body: schemas.create, response: { 201: schemas.paymentReply } } },
  async (request, reply) => {
    const { id, organisation_id: organisationId, attributes } = request.body.data;
    const payment = { id, version: 0, organisationId, attributes };
    if (!(await store.create(payment))) return reply.code(409).send(problem('payment_exists', request.id));
    reply.code(201).header('ETag', etagOf(0)).header('Cache-Control', 'no-cache');
    reply.header('Location', paymentUrl(options, id));
    return paymentBody(options, payment);
  },
);

app.put<{ Params: { id: string }; Body: { data: SentPayment } }>(
  '/v1/payments/:id',
  {
    schema: {
      params: schemas.params,
      headers: schemas.ifMatch,
      body: schemas.update,
      response: { 200: schemas.paymentReply },
    },
  },
  async (request, reply) => {
    const { id } = request.params;
    const { version, organisation_id: organisationId, attributes } = request.body.data;
    if (request.body.data.id !== id) {
      const errors = [{ pointer: '/data/id', detail: 'must be the id of the path' }];
      return reply.code(400).send(problem('validation_failed', request.id, errors));
    }
    const condition = request.headers['if-match'];
    if (condition !== undefined && !matchesTag(condition, etagOf(version))) {
      return reply.code(412).send(problem('precondition_failed', request.id));
    }
    const outcome = await store.update({ id, version, organisationId, attributes });
    if (outcome === 'not_found') return reply.code(404).send(problem('payment_not_found', request.id));
    if (outcome === 'version_conflict') return reply.code(409).send(problem('version_conflict', request.id));
    reply.header('ETag', etagOf(version + 1)).header('Cache-Control', 'no-cache');
    return paymentBody(options, { id, version: version + 1, organisationId, attributes });
  },
);

app.get('/health', { config: { rateLimit: false } }, async () => ({ status: 'up' }));

app.get('/metrics', { config: { rateLimit: false } }, async (_request, reply) => {
  reply.type('text/plain');
  return metrics.registry.metrics();
});

await app.listen({ port: options.port, host: options.host });
