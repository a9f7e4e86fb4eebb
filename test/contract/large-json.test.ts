import { expect } from 'chai';
import fc from 'fast-check';
import { JsonDocument, JsonError } from '../../src/contract/json/json-document.js';
import { UnknownProperties, type VerbatimValue } from '../../src/contract/json/large-json.js';

const VERBATIM = [{ pointer: '/data/attributes', named: ['amount'] }];
/** Makes any text large. */
const PADDING = `"pad":"${'x'.repeat(64 * 1024)}"`;

/** The document, if it was not parsed as a whole. */
function large(text: string, verbatim: readonly VerbatimValue[] = VERBATIM): JsonDocument | null {
  try {
    const document = JsonDocument.parse(Buffer.from(text), verbatim);
    return Buffer.isBuffer(document.text) ? document : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

const bodyOf = (value: string) =>
  `{"data":{"id":"a","type":"Payment","attributes":{"amount":"1",${PADDING},"more":${value}}}}`;

/** The attributes' text by the string parser, or null for an invalid document. */
function attributesOf(text: string): string | null {
  try {
    return String(JsonDocument.parse(text).memberText('data', 'attributes') ?? '');
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** Makes an array or an object long enough to be cut out. */
const long = (value: string) => `[${value},"${'y'.repeat(1024)}"]`;

describe('large JSON bodies', () => {
  it('keep the text of their attributes, and otherwise only properties of the contract', () => {
    const value = long(
      '{"n":12345678901234567890.10,"s":"\\u00e9ł😀\\n","a":[],"o":{},"t":[true,false,null,-0.5e+3,0]}',
    );
    const document = large(bodyOf(value));
    expect(String(document?.memberText('data', 'attributes')) === `{"amount":"1",${PADDING},"more":${value}}`).to.equal(
      true,
    );
    for (const other of ['id', 'other']) expect(document?.memberText('data', other)).to.equal(undefined);
    const attributes = { amount: '1', pad: null, more: null };
    expect(document?.value).to.deep.equal({ data: { id: 'a', type: 'Payment', attributes } });
    expect(document?.inexactNumbers([])).to.deep.equal([]);
  });

  it('lose the white space between their tokens, and no other', () => {
    const spaced = JSON.stringify(JSON.parse(bodyOf(long('{"a b":" \\" \\\\","c":[1, 2]}'))), null, '\t');
    expect(String(large(spaced)?.memberText('data', 'attributes'))).to.equal(attributesOf(spaced));
  });

  it('are left to the string parser if they are small, or if the contract describes every property', () => {
    expect(large('{"data":{"attributes":{"a":"b"}}}')).to.equal(null);
    const closed = [{ pointer: '/data/attributes', named: null }];
    expect(large(bodyOf('1'), closed)).to.equal(null);
  });

  it('may have objects of many properties, but no duplicate among them', () => {
    const many = Array.from({ length: 300 }, (_, number) => `"property ${number}":${number}`);
    expect(large(bodyOf(`{${many.join(',')}}`))?.value).to.have.nested.property('data.attributes.more', null);
    for (const again of [many[0], many[200]]) expect(large(bodyOf(`{${[...many, again].join(',')}}`))).to.equal(null);
  });

  it('are not read to the end if more than 100 of their properties are unknown', () => {
    const closed = { '': ['data'], '/data': ['id', 'attributes'] };
    const named = (count: number) => Array.from({ length: count }, (_, number) => `"\\u006e/${number}":0`).join(',');
    const parse = (text: string) =>
      JsonDocument.parse(Buffer.from(`${text}${' '.repeat(64 * 1024)}`), VERBATIM, closed);
    const pointers = (text: string) => {
      try {
        return parse(text).value;
      } catch (error) {
        return error instanceof UnknownProperties ? error.pointers : error;
      }
    };
    const wanted = (parent: string) => Array.from({ length: 101 }, (_, number) => `${parent}/n~1${number}`);
    expect(pointers(`{${named(200)},never read`)).to.deep.equal(wanted(''));
    expect(pointers(`{"data":{"\\u0069d":"a",${named(200)},never read`)).to.deep.equal(wanted('/data'));
    // Fewer are left to the validator, and those of attributes are not unknown.
    const accepted = `{"data":{"attributes":{${named(200)}},${named(50)}},${named(50)}}`;
    expect(pointers(accepted)).to.deep.equal(JSON.parse(accepted));
  });

  for (const [what, value] of [
    ['a duplicate property', '{"a":1,"b":2,"a":3}'],
    ['a duplicate property, once escaped', '{"a":1,"\\u0061":3}'],
    ['a number that begins with zero', '01'],
    ['a number without digits', '-'],
    ['a number that ends with a point', '1.'],
    ['a number without an exponent', '1e'],
    ['an unknown word', 'nul'],
    ['words next to each other', 'true false'],
    ['a comma too many', '[1,]'],
    ['a comma too few', '[1 2]'],
    ['a property without a value', '{"a":}'],
    ['a property without a name', '{1:2}'],
    ['a comma after the last property', '{"a":1,}'],
    ['brackets that do not match', '[1}'],
    ['a control character', '"\u0001"'],
    ['an unknown escape', '"\\x"'],
    ['an escape that is too short', '"\\u12"'],
    ['too much nesting', `${'['.repeat(600)}${']'.repeat(600)}`],
  ] as const) {
    it(`are never accepted with ${what}`, () => {
      for (const text of [bodyOf(value), bodyOf(long(value))]) {
        expect(attributesOf(text), 'as a string').to.equal(null);
        expect(large(text)).to.equal(null);
      }
    });
  }

  it('may be nested as deeply as small ones', () => {
    const accepted = [505, 506, 507, 508, 509, 510].map((levels) => {
      const text = bodyOf(long('['.repeat(levels) + ']'.repeat(levels)));
      const isAccepted = large(text) !== null;
      expect(isAccepted, `${levels} levels`).to.equal(attributesOf(text) !== null);
      return isAccepted;
    });
    expect(accepted).to.include.members([true, false]);
  });

  it('are never accepted if they are truncated, at any place', () => {
    const text = bodyOf(long('{"a":[1,"b"],"c":{"d":null}}'));
    const end = text.length;
    for (let at = 1; at < 60; at += 1) expect(large(text.slice(0, end - at)), text.slice(-at)).to.equal(null);
  });

  it('agree with the string parser, after any change', () => {
    const piece = fc.constantFrom(
      ...'{}[]":,\\ \n0-.e1an\u0001é',
      '\\u',
      '""',
      '"a":',
      'null',
      'true',
      '{"a":1}',
      '[]',
    );
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.nat(3), piece });
    let taken = 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(edit, { maxLength: 3 }), (json, edits) => {
        let value = long(json);
        const editable = json.length + 2;
        for (const { at, removed, piece: added } of edits) {
          const start = Math.floor(at * editable);
          value = value.slice(0, start) + added + value.slice(start + removed);
        }
        const text = bodyOf(value);
        const document = large(text);
        if (document === null) return;
        taken += 1;
        expect(String(document.memberText('data', 'attributes')) === attributesOf(text), value).to.equal(true);
      }),
      { numRuns: process.env.SOAK ? 5_000 : 300 },
    );
    expect(taken).to.be.greaterThan(50);
  });
});
