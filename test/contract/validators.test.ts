import { expect } from 'chai';
import { definition } from '../../generated/definition.js';
import { operations } from '../../generated/operations.js';
import { type Validator, validators } from '../../generated/validators.js';
import { createCompiler } from '../../scripts/generate/emit/compile.js';

const payment = {
  id: 'p-1',
  version: 0,
  type: 'Payment',
  organisation_id: 'o-1',
  attributes: { amount: '100.21', currency: 'GBP' },
};

/** A value with the expected places and keywords of its errors; none for a valid one. */
type Case = [given: unknown, want: string[]];

function errorsOf(validator: Validator | null | undefined, value: unknown): string[] {
  if (!validator) throw new Error('there is no such validator');
  if (validator(value)) return [];
  return (validator.errors ?? []).map((error) => `${error.instancePath} ${error.keyword}`);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text;
}

/** One test for each case: `place` puts the value into a larger one. */
function table(
  validator: Validator | null | undefined,
  place: (given: unknown) => unknown,
  cases: readonly Case[],
): void {
  for (const [given, want] of cases) {
    it(`${shorten(given)} ${want.length === 0 ? 'is valid' : `has ${want.join(', ')}`}`, () => {
      expect(errorsOf(validator, place(given))).to.have.members(want);
    });
  }
}

/** The rules of ids and of organisation ids, at the given place. */
function identifierCases(at: string): Case[] {
  return [
    ['a', []],
    ['4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43', []],
    [' padded ', []],
    ['a/b?c#d%20', []],
    ['Grüße 😀 \u{10FFFF}', []],
    ['x'.repeat(255), []],
    ['😀'.repeat(255), []],
    ['x'.repeat(256), [`${at} maxLength`]],
    ['😀'.repeat(256), [`${at} maxLength`]],
    ['', [`${at} minLength`, `${at} pattern`]],
    [' ', [`${at} pattern`]],
    ['\u00a0\u2003\u3000\ufeff', [`${at} pattern`]],
    ['\u2028\u2029', [`${at} pattern`]],
    ['\t', [`${at} pattern`]],
    ['a\u0000b', [`${at} pattern`]],
    ['a\nb', [`${at} pattern`]],
    ['a\n', [`${at} pattern`]],
    ['\u001fa', [`${at} pattern`]],
    ['a\u007f', [`${at} pattern`]],
    ['a\u0085', [`${at} pattern`]],
    ['a\u009f', [`${at} pattern`]],
    ['a\ud800', [`${at} format`]],
    ['\udc00a', [`${at} format`]],
    [1, [`${at} type`]],
    [null, [`${at} type`]],
  ];
}

describe('the validators', () => {
  const { createPayment, updatePayment, deletePayment, getPayment, listPayments } = validators;

  describe('id of a body', () => {
    table(createPayment.body['application/json'], (id) => ({ data: { ...payment, id } }), identifierCases('/data/id'));
  });

  describe('id of a path', () => {
    table(getPayment.path, (id) => ({ id }), identifierCases('/id'));
  });

  describe('organisation_id', () => {
    table(
      updatePayment.body['application/json'],
      (value) => ({ data: { ...payment, organisation_id: value } }),
      identifierCases('/data/organisation_id'),
    );
  });

  describe('amount', () => {
    const at = '/data/attributes/amount';
    table(createPayment.body['application/json'], (amount) => ({ data: { ...payment, attributes: { amount } } }), [
      ['100', []],
      ['100.21', []],
      ['0.01', []],
      ['00012.50', []],
      ['000.0010', []],
      ['9'.repeat(64), []],
      [`0.${'0'.repeat(61)}1`, []],
      ['9'.repeat(65), [`${at} maxLength`]],
      ['0', [`${at} pattern`]],
      ['0.00', [`${at} pattern`]],
      ['', [`${at} pattern`]],
      ['.5', [`${at} pattern`]],
      ['5.', [`${at} pattern`]],
      ['-1', [`${at} pattern`]],
      ['+1', [`${at} pattern`]],
      ['1e3', [`${at} pattern`]],
      ['0x10', [`${at} pattern`]],
      ['1,000', [`${at} pattern`]],
      [' 1', [`${at} pattern`]],
      ['1\n', [`${at} pattern`]],
      ['1.2.3', [`${at} pattern`]],
      ['٣', [`${at} pattern`]],
      ['Infinity', [`${at} pattern`]],
      [100.21, [`${at} type`]],
      [undefined, ['/data/attributes required']],
    ]);
  });

  describe('version', () => {
    const cases = (at: string, parent: string): Case[] => [
      [0, []],
      [9007199254740991, []],
      [-1, [`${at} minimum`]],
      [9007199254740992, [`${at} maximum`]],
      [1.5, [`${at} type`]],
      ['0', [`${at} type`]],
      [null, [`${at} type`]],
      [undefined, [`${parent} required`]],
    ];
    describe('of an update', () => {
      table(
        updatePayment.body['application/json'],
        (version) => ({ data: { ...payment, version } }),
        cases('/data/version', '/data'),
      );
    });
    describe('of a delete', () => {
      table(deletePayment.query, (version) => ({ version }), cases('/version', ''));
    });
    describe('of a create, which is optional', () => {
      const optional = cases('/data/version', '').map(
        ([given, want]): Case => [given, given === undefined ? [] : want],
      );
      table(createPayment.body['application/json'], (version) => ({ data: { ...payment, version } }), optional);
    });
  });

  describe('the envelope', () => {
    table(updatePayment.body['application/json'], (given) => given, [
      [{ data: payment }, []],
      [{ data: payment, links: { self: 'http://localhost' } }, []],
      [{ data: payment, links: 'none' }, ['/links type']],
      [{ data: payment, meta: {} }, [' additionalProperties']],
      [{ data: { ...payment, colour: 'red' } }, ['/data additionalProperties']],
      [{ data: { ...payment, type: 'payment' } }, ['/data/type enum']],
      [{ data: { ...payment, attributes: [] } }, ['/data/attributes type']],
      [{ data: [] }, ['/data type']],
      [{}, [' required']],
      [[], [' type']],
      [null, [' type']],
      [
        { data: { id: '', version: -1, type: 1, attributes: {} } },
        [
          '/data required',
          '/data/id minLength',
          '/data/id pattern',
          '/data/version minimum',
          '/data/type type',
          '/data/type enum',
          '/data/attributes required',
        ],
      ],
    ]);
    it('keeps properties named like those of every object separate', () => {
      const given: unknown = JSON.parse('{"data": {"__proto__": {"amount": "1"}, "constructor": 1}}');
      expect(errorsOf(createPayment.body['application/json'], given))
        .to.include('/data additionalProperties')
        .and.include('/data required');
    });
  });

  describe('If-Match and If-None-Match', () => {
    const cases = (at: string): Case[] => [
      [undefined, []],
      ['*', []],
      ['"0"', []],
      ['W/"0"', []],
      ['""', []],
      ['"a,b"', []],
      ['"0", "1" ,W/"2"', []],
      [', "0",, "1",', []],
      ['"\u00e9"', []],
      ['', [`${at} pattern`]],
      ['0', [`${at} pattern`]],
      ['"0', [`${at} pattern`]],
      ['"0" "1"', [`${at} pattern`]],
      ['*, "0"', [`${at} pattern`]],
      ['w/"0"', [`${at} pattern`]],
      ['"a b"', [`${at} pattern`]],
      [',', [`${at} pattern`]],
    ];
    table(updatePayment.header, (value) => ({ 'if-match': value, host: 'localhost' }), cases('/if-match'));
    table(getPayment.header, (value) => ({ 'if-none-match': value }), cases('/if-none-match'));
  });

  describe('the query of a list', () => {
    table(listPayments.query, (given) => given, [
      [{}, []],
      [{ from: 0, size: 1 }, []],
      [{ size: 1e9, after: 'x' }, []],
      [{ from: -1 }, ['/from minimum']],
      [{ from: 9007199254740992 }, ['/from maximum']],
      [{ size: 0, to: 0 }, ['/size minimum', '/to minimum']],
      [{ size: '1e3' }, ['/size type']],
      [{ size: [1, 2] }, ['/size type']],
      [{ after: '' }, ['/after minLength']],
      [{ after: 'x'.repeat(129) }, ['/after maxLength']],
      [{ page: 1 }, [' additionalProperties']],
    ]);
  });

  it('take at most linear time in what they reject', () => {
    const hostile = [' '.repeat(1e6), `${'1'.repeat(1e6)}x`, `${'0'.repeat(5e5)}.${'0'.repeat(5e5)}`];
    for (const text of hostile) {
      const startedAt = performance.now();
      expect(
        errorsOf(createPayment.body['application/json'], { data: { ...payment, attributes: { amount: text } } }),
      ).not.to.deep.equal([]);
      expect(errorsOf(getPayment.path, { id: text })).not.to.deep.equal([]);
      expect(errorsOf(updatePayment.header, { 'if-match': `"0", ${text}"` })).not.to.deep.equal([]);
      // If it were quadratic it would take minutes.
      expect(performance.now() - startedAt).to.be.lessThan(20_000);
    }
  });

  it('take linear time to find equal items', () => {
    const schema = { type: 'array', uniqueItems: true, items: { type: 'object' } };
    const { errorOf } = createCompiler('request');
    const items = Array.from({ length: 100_000 }, (_, a) => ({ a, b: [a] }));
    const startedAt = performance.now();
    expect(errorOf(schema, items)).to.equal(null);
    expect(errorOf(schema, [...items, { b: [7], a: 7 }])).to.equal('must not have an item twice');
    // If it were quadratic it would take minutes.
    expect(performance.now() - startedAt).to.be.lessThan(20_000);
    const mixed = [1, '1', [1], ['1'], { a: 1 }, '{"a":1}', null, 'null', true, {}, []];
    expect(errorOf({ uniqueItems: true }, mixed)).to.equal(null);
    for (const item of mixed) expect(errorOf({ uniqueItems: true }, [...mixed, item])).not.to.equal(null);
    expect(errorOf({ uniqueItems: false }, [1, 1])).to.equal(null);
  });

  it("explain a failed pattern with the contract's words", () => {
    expect(getPayment.path?.({ id: '\t' })).to.equal(false);
    expect(getPayment.path?.errors?.[0]?.message).to.include('must not be blank');
    expect(getPayment.path?.({ id: '\ud800' })).to.equal(false);
    expect(getPayment.path?.errors?.[0]?.message).to.equal('must not contain lone surrogates');
  });

  it('reject a reply with a property that the contract does not have', () => {
    const reply = { data: payment, links: { self: 'http://localhost:8080/v1/payments/p-1' } };
    expect(errorsOf(getPayment.reply[200]?.content['application/json'], reply)).to.deep.equal([]);
    expect(errorsOf(getPayment.reply[200]?.content['application/json'], { ...reply, internal: 1 })).to.deep.equal([
      ' additionalProperties',
    ]);
    expect(errorsOf(getPayment.reply[404]?.content['application/json'], reply)).not.to.deep.equal([]);
    expect(getPayment.reply[304]?.content).to.deep.equal({});
    expect(getPayment.reply[418]).to.equal(undefined);
  });
});

describe('the contract', () => {
  const schemas = definition.components?.schemas ?? {};
  const { description = '', enum: codes = [] } =
    schemas.ErrorCode && 'enum' in schemas.ErrorCode ? schemas.ErrorCode : {};

  it('describes exactly the existing error codes', () => {
    const described = [...description.matchAll(/^\| `([a-z_]+)` \| ([0-9]{3}) \|/gm)].map((match) => match[1]);
    expect(described).to.have.members([...codes]);
    expect(described).not.to.be.empty;
  });

  it('has an example of each error that is valid, with a known code and the right status', () => {
    let examples = 0;
    for (const item of Object.values(definition.components?.responses ?? {})) {
      const content: Record<string, { example?: { code?: string; status?: number } }> =
        'content' in item ? (item.content ?? {}) : {};
      for (const { example } of Object.values(content)) {
        if (!example?.code) continue;
        examples += 1;
        expect(
          errorsOf(validators.getPayment.reply[500]?.content['application/json'], example),
          example.code,
        ).to.deep.equal([]);
        expect(description).to.include(`| \`${example.code}\` | ${example.status} |`);
      }
    }
    expect(examples).to.equal(26);
  });

  it('describes each operation as the table of operations does', () => {
    const statuses = Object.fromEntries(
      Object.values(operations).map((one) => [one.operationId, one.statuses.join(' ')]),
    );
    expect(statuses).to.deep.equal({
      listPayments: '200 400 429 500 503',
      createPayment: '201 400 409 413 415 422 429 500 503',
      getPayment: '200 304 400 404 429 500 503',
      updatePayment: '200 400 404 409 412 413 415 422 429 500 503',
      deletePayment: '204 400 404 409 412 422 429 500 503',
      listPaymentVersions: '200 400 404 429 500 503',
      listChanges: '200 400 429 500 503',
      getRepo: '200 401 404 429 500 503',
      deleteRepo: '204 401 404 429 500 503',
      getHealth: '200 500 503',
      getLiveness: '200 500',
      getMetrics: '200 401 404 500 503',
    });
  });
});
