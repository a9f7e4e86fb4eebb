/**
 * Express 5 with express-openapi-validator, which enforces the service's own OpenAPI document, with pino-http and
 * express-rate-limit, each as in its documentation.
 */
import express, { type NextFunction, type Request, type Response } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { rateLimit } from 'express-rate-limit';
import { pinoHttp } from 'pino-http';
import { pageBody, paymentBody, paymentUrl } from './support/bodies.js';
import { createMetrics } from './support/metrics.js';
import { CONTRACT_PATH, LIMIT_PER_SECOND, MAX_RESULTS, readOptions } from './support/options.js';
import { codeOfStatus, problem } from './support/problems.js';
import { decodeCursor, etagOf, matchesTag, requestIdOf } from './support/requests.js';
import type { SentPayment } from './support/rules.js';
import { openStore, parsedAttributes } from './support/store.js';

const options = readOptions();
const store = await openStore(options, parsedAttributes);
const metrics = createMetrics();
const app = express();

app.use(
  pinoHttp({
    genReqId: (request, response) => {
      const id = requestIdOf(request.headers['x-request-id']);
      response.setHeader('X-Request-Id', id);
      return id;
    },
  }),
);

app.use((request, response, next) => {
  const startedAt = performance.now();
  response.on('finish', () => {
    const route = request.route?.path ?? 'unmatched';
    const labels = { method: request.method, route, status: response.statusCode };
    metrics.duration.observe(labels, (performance.now() - startedAt) / 1000);
  });
  next();
});

app.get('/health', (_request, response) => {
  response.json({ status: 'up' });
});

app.get('/metrics', async (_request, response) => {
  response.type('text/plain').send(await metrics.registry.metrics());
});

app.use(rateLimit({ windowMs: 1000, limit: LIMIT_PER_SECOND, standardHeaders: 'draft-8', legacyHeaders: false }));
app.use(express.json({ limit: '1mb' }));
app.use(
  OpenApiValidator.middleware({
    apiSpec: CONTRACT_PATH,
    validateRequests: { allErrors: true },
    validateResponses: false,
    formats: { 'well-formed': { type: 'string', validate: (value: string) => value.isWellFormed() } },
  }),
);

app.get('/v1/payments', async (request, response) => {
  const size = Math.min(Number(request.query.size ?? MAX_RESULTS), MAX_RESULTS);
  const after = request.query.after === undefined ? undefined : String(request.query.after);
  const position = after === undefined ? 0 : decodeCursor(after);
  if (position === null) {
    const errors = [{ pointer: '/query/after', detail: 'is not a cursor' }];
    response.status(400).json(problem('validation_failed', String(request.id), errors));
    return;
  }
  response.set('Cache-Control', 'no-cache');
  response.json(pageBody(options, await store.list(position, size), { after }, size));
});

app.get('/v1/payments/:id', async (request, response) => {
  const payment = await store.find(request.params.id);
  if (payment === null) {
    response.status(404).json(problem('payment_not_found', String(request.id)));
    return;
  }
  // Express sends the 304 itself if If-None-Match has this tag.
  response.set('ETag', etagOf(payment.version)).set('Cache-Control', 'no-cache');
  response.json(paymentBody(options, payment));
});

app.post('/v1/payments', async (request: Request<object, unknown, { data: SentPayment }>, response) => {
  const { id, organisation_id: organisationId, attributes } = request.body.data;
  const payment = { id, version: 0, organisationId, attributes };
  if (!(await store.create(payment))) {
    response.status(409).json(problem('payment_exists', String(request.id)));
    return;
  }
  response.status(201).set('ETag', etagOf(0)).set('Location', paymentUrl(options, id)).set('Cache-Control', 'no-cache');
  response.json(paymentBody(options, payment));
});

app.put('/v1/payments/:id', async (request: Request<{ id: string }, unknown, { data: SentPayment }>, response) => {
  const { id } = request.params;
  const { version, organisation_id: organisationId, attributes } = request.body.data;
  const requestId = String(request.id);
  if (request.body.data.id !== id) {
    const errors = [{ pointer: '/data/id', detail: 'must be the id of the path' }];
    response.status(400).json(problem('validation_failed', requestId, errors));
    return;
  }
  const condition = request.get('If-Match');
  if (condition !== undefined && !matchesTag(condition, etagOf(version))) {
    response.status(412).json(problem('precondition_failed', requestId));
    return;
  }
  const outcome = await store.update({ id, version, organisationId, attributes });
  if (outcome === 'not_found') {
    response.status(404).json(problem('payment_not_found', requestId));
  } else if (outcome === 'version_conflict') {
    response.status(409).json(problem('version_conflict', requestId));
  } else {
    response.set('ETag', etagOf(version + 1)).set('Cache-Control', 'no-cache');
    response.json(paymentBody(options, { id, version: version + 1, organisationId, attributes }));
  }
});

interface ValidatorError extends Error {
  readonly status?: number;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

app.use((error: ValidatorError, request: Request, response: Response, _next: NextFunction) => {
  const status = error.status ?? 500;
  if (status >= 500) request.log.error(error);
  const errors = error.errors?.map(({ path, message }) => ({ pointer: path, detail: message }));
  response.status(status).json(problem(codeOfStatus(status), String(request.id), errors));
});

app.listen(options.port, options.host);
