import { expect } from 'chai';
import fc from 'fast-check';
import { replyErrors } from '../dredd/reply-errors.js';
import { type CheckedService, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';
import { validatorOf } from './fuzz/json-values.js';
import { type FuzzOperation, type FuzzRequest, fuzzOperations } from './fuzz/operations.js';

const RUNS = 30;
const SEED = 20_261_124;
/** A valid request never gets one of these. */
const REJECTIONS = [400, 405, 413, 415];

/**
 * Requests generated from the served contract, for every operation: valid ones are accepted, invalid ones get a 400
 * with a pointer to the error, and all responses are documented.
 */
describe('the served contract, fuzzed', () => {
  let api: CheckedService;
  let operations: readonly FuzzOperation[];

  before(async () => {
    api = await startChecked([
      '--admin',
      '--metrics',
      '--external-url',
      'http://pay.example/base',
      '--api-version',
      'v9',
    ]);
    operations = fuzzOperations((await api.get('/openapi.json')).json());
  });
  after(() => api.stop());

  it('has every operation, under its own paths', () => {
    expect(operations).to.have.length(12);
    expect(operations.map(({ path }) => path)).to.include('/v9/payments/{id}');
  });

  async function send({ method, path, replies }: FuzzOperation, request: FuzzRequest, accept: string): Promise<Reply> {
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(request.path[name])));
    const query = Object.entries(request.query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const headers = Object.entries(request.header).map(([name, value]) => [name, String(value)]);
    const response = await api.send(method, query.length > 0 ? `${target}?${query.join('&')}` : target, {
      headers: { ...Object.fromEntries(headers), accept },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
    });
    const mediaType = response.headers['content-type']?.split(';')[0] ?? null;
    const documented = replies.find(
      (reply) => reply.status === String(response.status) && reply.mediaType === mediaType,
    );
    if (!documented) throw new Error(`${response.status} in ${mediaType} is not documented: ${response.text}`);
    const body = response.text === '' ? {} : { body: response.text };
    const found = replyErrors({ statusCode: response.status, headers: response.headers, ...body }, documented, null);
    expect(found).to.deep.equal([]);
    if (documented.schema) {
      const validate = validatorOf(documented.schema);
      expect(validate(response.json()), JSON.stringify(validate.errors)).to.equal(true);
    }
    return response;
  }

  /**
   * Rules that no schema can express: which parameters exclude each other, what a cursor is, and that the two ids are
   * equal.
   */
  function withRules({ operationId }: FuzzOperation, request: FuzzRequest): FuzzRequest {
    const { query, body, path } = request;
    if (operationId === 'listPayments') {
      const { from, size, to, after } = query;
      if (after !== undefined) return { ...request, query: { ...(size !== undefined && { size }), after: 'MWEx' } };
      if (to !== undefined) return { ...request, query: { to } };
      return { ...request, query: { ...(from !== undefined && { from }), ...(size !== undefined && { size }) } };
    }
    if (operationId === 'listChanges' || operationId === 'listPaymentVersions') {
      const { after, wait, ...others } = query;
      return { ...request, query: others };
    }
    if (operationId === 'updatePayment') return { ...request, body: withId(body, path.id) };
    return request;
  }

  const accepts = fc.constantFrom('*/*', 'application/json', 'application/problem+json, application/json');
  const parameters = { numRuns: RUNS, seed: SEED };

  it('a valid request is accepted, and its response is documented', async () => {
    const seen = new Set<string>();
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(operation.valid, accepts, async (request, accept) => {
          const { status, text } = await send(operation, withRules(operation, request), accept);
          expect(status, text).to.not.be.oneOf(REJECTIONS);
          seen.add(`${operation.operationId} ${status}`);
        }),
        parameters,
      );
    }
    expect([...seen]).to.include.members(['createPayment 201', 'listPayments 200', 'getPayment 404', 'deleteRepo 204']);
  });

  it('all its examples in one request make a request that succeeds', async () => {
    const sendExample = async (id: string) => {
      const operation = operations.find(({ operationId }) => operationId === id);
      if (!operation) throw new Error(`there is no ${id}`);
      return [id, (await send(operation, operation.example, '*/*')).status];
    };
    await sendExample('deleteRepo');
    const made = [];
    for (const id of ['createPayment', 'listPayments', 'getPayment', 'deletePayment', 'deleteRepo', 'createPayment']) {
      made.push(await sendExample(id));
    }
    for (const id of ['updatePayment', 'getRepo', 'getHealth', 'getLiveness', 'getMetrics'])
      made.push(await sendExample(id));
    expect(made.map(([id, status]) => `${id} ${status}`)).to.deep.equal([
      'createPayment 201',
      'listPayments 200',
      'getPayment 200',
      'deletePayment 204',
      'deleteRepo 204',
      'createPayment 201',
      'updatePayment 200',
      'getRepo 200',
      'getHealth 200',
      'getLiveness 200',
      'getMetrics 200',
    ]);
  });

  it('a created payment can be read, changed and deleted with the values of its responses', async () => {
    const [create, get, update, remove] = ['createPayment', 'getPayment', 'updatePayment', 'deletePayment'].map((id) =>
      operations.find(({ operationId }) => operationId === id),
    );
    if (!create || !get || !update || !remove) throw new Error('an operation is missing');
    const none = { path: {}, query: {}, header: {}, body: undefined };
    await fc.assert(
      fc.asyncProperty(create.valid, create.valid, async ({ body }, { body: other }) => {
        const created = await send(create, { ...none, body }, '*/*');
        if (created.status === 409) return;
        const { data } = created.json<{ data: { id: string; attributes: unknown } }>();
        expect(data.attributes).to.deep.equal(attributesOf(body));
        const path = { id: data.id };
        const read = await send(get, { ...none, path }, '*/*');
        expect(read.text).to.equal(created.text);
        expect(
          (await send(get, { ...none, path, header: { 'If-None-Match': read.headers.etag } }, '*/*')).status,
        ).to.equal(304);
        // A response is a valid request, with the attributes of another payment.
        const change = { ...read.json(), data: { ...data, attributes: attributesOf(other) } };
        const header = { 'If-Match': read.headers.etag };
        const updated = await send(update, { ...none, path, header, body: change }, '*/*');
        expect(updated.json()).to.have.nested.property('data.version', 1);
        expect((await send(update, { ...none, path, header, body: change }, '*/*')).status).to.equal(412);
        expect((await send(update, { ...none, path, body: change }, '*/*')).status).to.equal(409);
        expect((await send(remove, { ...none, path, query: { version: 0 } }, '*/*')).status).to.equal(409);
        expect((await send(remove, { ...none, path, query: { version: 1 } }, '*/*')).status).to.equal(204);
        expect((await send(get, { ...none, path }, '*/*')).status).to.equal(404);
      }),
      parameters,
    );
  });

  it('an invalid request is 400, with a pointer to the error', async () => {
    for (const operation of operations) {
      if (!operation.invalid) continue;
      await fc.assert(
        fc.asyncProperty(operation.invalid, accepts, async (request, accept) => {
          const response = await send(operation, request, accept);
          expect(response.status, response.text).to.equal(400);
          const { errors = [], instance } = response.json<Problem>();
          expect(
            errors.some(({ pointer }) => pointer.startsWith(request.wrong)),
            response.text,
          ).to.equal(true);
          expect(instance).to.equal(response.headers['x-request-id']);
        }),
        parameters,
      );
    }
  });
});

function withId(body: unknown, id: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('data' in body)) return body;
  return { ...body, data: { ...Object(body.data), id } };
}

function attributesOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('data' in body)) return undefined;
  const { data } = body;
  return typeof data === 'object' && data !== null && 'attributes' in data ? data.attributes : undefined;
}
