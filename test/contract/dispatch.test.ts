import addFormats from 'ajv-formats';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Document, OpenAPIBackend, OpenAPIRouter, OpenAPIValidator } from 'openapi-backend';
import { contract, pathsOf, servedContract } from '../../src/contract/contract.js';
import { type ContractApi, createContractApi } from '../../src/contract/dispatch.js';
import { createRouter } from '../../src/contract/router.js';
import { operatorsPaths } from '../../src/operators/handlers.js';

const { definition, operations, securitySchemes, corsHeaders } = servedContract(
  contract,
  'v1',
  'http://localhost:8080',
);

describe("the dispatcher, compared with openapi-backend's own", () => {
  let original: OpenAPIRouter<Document>;
  let compiled: ReturnType<typeof createRouter>;
  let api: ContractApi;
  let originalValidator: OpenAPIValidator<Document>;
  /** The original must coerce the types of queries, which are text, but not of bodies. */
  let coercingValidator: OpenAPIValidator<Document>;

  before(async () => {
    const backend = new OpenAPIBackend<Document>({ definition, quick: true });
    await backend.init();
    original = new OpenAPIRouter<Document>({ definition: backend.definition, apiRoot: '/' });
    compiled = createRouter(operations);
    const handlers = Object.fromEntries(
      operations.map(({ operationId }) => [operationId, async () => ({ status: 200 })]),
    );
    api = createContractApi({
      contract: { definition, operations, securitySchemes, corsHeaders },
      handlers,
      authenticators: { operatorToken: () => ({ principal: null }) },
    });
    const createOriginal = (coerceTypes: boolean) =>
      new OpenAPIValidator<Document>({
        definition: backend.definition,
        router: original,
        ajvOpts: { coerceTypes, strict: false, allErrors: true },
        customizeAjv(ajv) {
          addFormats.default(ajv);
          ajv.addFormat('well-formed', (text: string) => text.isWellFormed());
          return ajv;
        },
      });
    originalValidator = createOriginal(false);
    coercingValidator = createOriginal(true);
  });

  /** The result of strict matching: the operation, or how the request fails. */
  function outcome(router: OpenAPIRouter<Document> | typeof compiled, method: string, path: string): string {
    if (typeof router === 'function') {
      const found = router(method.toUpperCase(), path);
      return found ? (found.operation?.operationId ?? '405') : '404';
    }
    try {
      return router.matchOperation({ method, path, headers: {} }, true).operationId ?? '';
    } catch (error) {
      return error instanceof Error ? error.message.slice(0, 3) : '';
    }
  }

  const METHODS = ['get', 'post', 'put', 'delete', 'patch', 'options', 'trace'];
  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'v2',
      'payments',
      'payment',
      'admin',
      'repo',
      'health',
      'live',
      'metrics',
      '{id}',
      '.',
      'a%2Fb',
    ),
    fc.string({ unit: fc.constantFrom(..."abcABC019-_.~!$&'()*+,;=:@"), minLength: 1, maxLength: 6 }),
  );
  const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);

  describe('routing', () => {
    it('finds the same operation for any method and path', () => {
      fc.assert(
        fc.property(fc.constantFrom(...METHODS), path, (method, given) => {
          expect(outcome(compiled, method, given), `${method} ${given}`).to.equal(outcome(original, method, given));
        }),
        { numRuns: 1000 },
      );
    });

    it('finds every operation of the contract, by its own path and by the path with any id', () => {
      for (const { operationId, method, path: template } of operations) {
        const real = template.replace('{id}', 'some-id');
        expect(outcome(compiled, method, real))
          .to.equal(operationId)
          .and.to.equal(outcome(original, method, real));
      }
    });

    it('gives the same path parameters, undecoded', () => {
      fc.assert(
        fc.property(segment, (id) => {
          const given = `/v1/payments/${id}`;
          const match = compiled('GET', given);
          const parsed = original.parseRequest(
            { method: 'get', path: given, headers: {} },
            original.getOperation('getPayment'),
          );
          expect(match).to.have.deep.property('rawParams', [id]);
          expect(decodeURIComponent(id)).to.equal(decodeURIComponent(String(parsed.params.id)));
        }),
      );
    });

    it('is stricter in one point: a trailing slash makes another path', () => {
      for (const { method, path: template } of operations) {
        const real = `${template.replace('{id}', 'a')}/`;
        expect(outcome(original, method, real)).to.not.equal('404');
        expect(outcome(compiled, method, real)).to.equal('404');
      }
    });

    it('finds GET for HEAD, unlike the original', () => {
      for (const template of ['/v1/payments', '/v1/payments/a', '/health', '/metrics']) {
        expect(outcome(original, 'head', template)).to.equal('405');
        expect(outcome(compiled, 'head', template)).to.equal(outcome(compiled, 'get', template));
      }
    });

    it('does not throw for a path that cannot be decoded', () => {
      expect(compiled('GET', '/v1/payments/%E0%A4%A')).to.have.deep.property('rawParams', ['%E0%A4%A']);
      expect(compiled('GET', '/%E0%A4%A')).to.equal(null);
    });
  });

  describe('validation', () => {
    interface Given {
      readonly operationId: string;
      readonly path: string;
      readonly query?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }

    async function isValid(
      { operationId, path: given, query = {}, headers = {}, body }: Given,
      which: 'original' | 'compiled',
    ) {
      const operation = original.getOperation(operationId);
      const method = operation?.method ?? '';
      if (which === 'original') {
        const request = {
          method,
          path: given,
          query,
          headers: { 'content-type': 'application/json', ...headers },
          body,
        };
        const validator = body === undefined ? coercingValidator : originalValidator;
        return validator.validateRequest(request, operation).valid;
      }
      return (await respond({ operationId, path: given, query, headers, body })).status !== 400;
    }

    /** The response to a request if all handlers return 200. */
    function respond({ operationId, path: given, query = {}, headers = {}, body }: Given) {
      const method = original.getOperation(operationId)?.method ?? '';
      const match = compiled(method.toUpperCase(), given);
      if (!match?.operation) throw new Error(`${method} ${given} has no operation`);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const [content] = match.operation.requestBody?.content ?? [];
      return api.dispatch(match.operation, {
        rawParams: match.rawParams,
        headers,
        rawHeaders: Object.entries(headers).flat(),
        queryText: new URLSearchParams(query).toString(),
        principals: {},
        body: content && text !== undefined ? { content, bytes: Buffer.from(text) } : null,
        call: { deadline: Number.POSITIVE_INFINITY, abandoned: false, pendingWrites: 0 },
      });
    }

    async function expectSame(given: Given): Promise<void> {
      expect(await isValid(given, 'compiled'), JSON.stringify(given)).to.equal(await isValid(given, 'original'));
    }

    const identifier = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('a', 'some-id', '😀', 'x'.repeat(255)) },
      fc.constantFrom('', ' ', 'a\n', 'x'.repeat(256), '\ud800', 5, null, undefined, []),
    );
    const amount = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('1', '0.01', '007.10') },
      fc.constantFrom('', '0', '-1', '1e3', '1.', '.5', 1, null, undefined, '1'.repeat(65)),
    );
    const data = fc.record(
      {
        id: identifier,
        version: fc.constantFrom<unknown>(0, 1, 2 ** 53 - 1, -1, 1.5, null, undefined),
        type: fc.constantFrom<unknown>('Payment', 'Payment', 'payment', null, undefined),
        organisation_id: identifier,
        attributes: fc.oneof(fc.record({ amount, other: fc.jsonValue() }), fc.constantFrom<unknown>(null, [], 'x', {})),
        extra: fc.constantFrom(undefined, undefined, undefined, 1),
      },
      { requiredKeys: ['id', 'type', 'organisation_id', 'attributes'] },
    );
    const body = fc.record(
      { data, links: fc.constantFrom<unknown>({}, { self: 'x' }, 5), more: fc.constant(1) },
      { requiredKeys: ['data'] },
    );
    const entityTags = fc.constantFrom('"0"', '*', 'W/"1"', '"0", "1"', '0', '"0', 'x');

    it('of bodies agrees, whatever they contain', async () => {
      await fc.assert(
        fc.asyncProperty(body, async (given) => {
          // JSON text omits undefined properties.
          const sent: unknown = JSON.parse(JSON.stringify(given));
          await expectSame({ operationId: 'createPayment', path: '/v1/payments', body: sent });
          await expectSame({ operationId: 'updatePayment', path: '/v1/payments/some-id', body: sent });
        }),
        { numRuns: 500 },
      );
    });

    it('of valid requests agrees, and the random ones include some', async () => {
      const attributes = { amount: '1' };
      const payment = { id: 'a', version: 0, type: 'Payment', organisation_id: 'o', attributes };
      const given = { operationId: 'createPayment', path: '/v1/payments', body: { data: payment } };
      expect([await isValid(given, 'original'), await isValid(given, 'compiled')]).to.deep.equal([true, true]);
    });

    it('of queries and headers agrees', async () => {
      const integer = fc.constantFrom('0', '1', '20', '-1', 'x', '1.5', '007');
      const query = fc.record(
        { from: integer, size: integer, to: integer, after: fc.constantFrom('x', 'x'.repeat(129)), what: integer },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(query, fc.option(entityTags), fc.option(integer), async (given, tags, version) => {
          await expectSame({ operationId: 'listPayments', path: '/v1/payments', query: given });
          const path = '/v1/payments/some-id';
          const conditions = tags === null ? {} : { 'if-match': tags, 'if-none-match': tags };
          await expectSame({ operationId: 'getPayment', path, headers: conditions });
          const versioned = version === null ? {} : { version };
          await expectSame({ operationId: 'deletePayment', path, query: versioned, headers: conditions });
        }),
        { numRuns: 500 },
      );
    });

    it('is stricter with integers in a query: only decimal digits, and none that a double rounds', async () => {
      for (const version of ['1e3', '0x10', ' 5', '5 ', '1.0', '+5']) {
        const given = { operationId: 'deletePayment', path: '/v1/payments/a', query: { version } };
        expect(await isValid(given, 'original'), `the original takes ${version}`).to.equal(true);
        expect(await isValid(given, 'compiled'), version).to.equal(false);
      }
    });

    it('is stricter with numbers in a body: none that a double rounds, at any depth', async () => {
      const text = (version: string) =>
        `{"data":{"id":"a","version":${version},"type":"Payment","organisation_id":"o","attributes":{"amount":"1"}}}`;
      const rounded = '0.99999999999999999999';
      const given = { operationId: 'createPayment', path: '/v1/payments' };
      expect(await isValid({ ...given, body: JSON.parse(text(rounded)) }, 'original')).to.equal(true);
      const { problem } = await respond({ ...given, body: text(rounded) });
      expect(problem?.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/version']);
      expect(
        (await respond({ ...given, body: text('0').replace('"1"', `"1","deep":[{"n":${rounded}}]`) })).status,
      ).to.equal(200);
    });
  });
});

describe('a contract with other paths', () => {
  const moved = operations.map((operation) => ({ ...operation, path: `/moved${operation.path}` }));
  const pathOf = pathsOf({ definition, operations: moved, securitySchemes, corsHeaders });

  it('has its operations there', () => {
    expect(pathOf('getPayment')).to.equal('/moved/v1/payments/{id}');
  });

  for (const [style, wanted] of Object.entries({ simple: '{id}', label: '.{id}', matrix: ';id={id}' })) {
    it(`has links in the style ${style}`, () => {
      const styled = operations.map((operation) => ({
        ...operation,
        parameters: { ...operation.parameters, path: operation.parameters.path.map((form) => ({ ...form, style })) },
      }));
      const styledPathOf = pathsOf({ definition, operations: styled, securitySchemes, corsHeaders });
      expect(styledPathOf('listPaymentVersions')).to.equal(`/v1/payments/${wanted}/versions`);
    });
  }

  it("excludes operators' endpoints from CORS", () => {
    const isOperators = operatorsPaths(pathOf);
    for (const path of ['/moved/admin/repo', '/moved/metrics', '/profiling/cpu'])
      expect(isOperators(path)).to.equal(true);
    for (const path of ['/moved/v1/payments', '/moved/health']) expect(isOperators(path)).to.equal(false);
  });
});
