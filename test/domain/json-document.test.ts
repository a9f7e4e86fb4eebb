import { expect } from 'chai';
import fc from 'fast-check';
import { JsonDocument, JsonError } from '../../src/contract/json/json-document.js';
import { escapePointer, jsonString } from '../../src/contract/json/json-text.js';
import { anyCharacter } from '../support/any-character.js';

const DEPTH = 512;

function errorOf(text: string): { pointer: string; detail: string } | null {
  try {
    JsonDocument.parse(text);
    return null;
  } catch (error) {
    if (error instanceof JsonError) return error.details;
    throw error;
  }
}

describe('the JSON text of a string', () => {
  it('is that of JSON.stringify: for each UTF-16 unit, for pairs of them, and for any text', () => {
    for (let unit = 0; unit < 0x10000; unit += 1) {
      const text = `a${String.fromCharCode(unit)}b`;
      if (jsonString(text) !== JSON.stringify(text)) expect.fail(`U+${unit.toString(16)}: ${jsonString(text)}`);
    }
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => jsonString(text) === JSON.stringify(text)));
  });
});

describe('a JSON document', () => {
  describe('accepted', () => {
    const VALID = ['null', '5', '"x"', '[]', '{}', '{"a":{"a":{"a":1}}}', '[{"a":1},{"a":1}]', '{"a":1,"A":2}', ' {} '];
    for (const text of [...VALID, '{"__proto__":1}', '{"constructor":1,"toString":2}', '{"":{"":1}}', '"\\"{:,}"']) {
      it(`${text} is what JSON.parse gives`, () => {
        expect(JsonDocument.parse(text).value).to.deep.equal(JSON.parse(text));
      });
    }

    it('a property called __proto__ is a property', () => {
      const value = JsonDocument.parse('{"__proto__":{"polluted":1}}').value;
      expect(Object.getOwnPropertyNames(value)).to.deep.equal(['__proto__']);
      expect(value).to.not.have.property('polluted');
    });

    it('whatever JSON.stringify gives', () => {
      fc.assert(
        fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, 2, '\t'), (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(JsonDocument.parse(text).value).to.deep.equal(JSON.parse(text));
        }),
      );
    });
  });

  describe('rejected', () => {
    const CASES: readonly [text: string, pointer: string][] = [
      ['', ''],
      ['{', ''],
      ['{"a":1,}', ''],
      ["{'a':1}", ''],
      ['NaN', ''],
      ['"a\u0000"', ''],
      ['{"a":1,"a":1}', '/a'],
      ['{"a":1,"\\u0061":2}', '/a'],
      ['{"a":{"b":[0,{"c":1,"d":[],"c":2}]}}', '/a/b/1/c'],
      ['[{"a":1},{"b":{},"b":{}}]', '/1/b'],
      ['{"a/b~":1,"a/b~":2}', '/a~1b~0'],
      ['{"":1,"":2}', '/'],
      ['{"__proto__":1,"__proto__":2}', '/__proto__'],
      ['{"toString":1,"toString":2}', '/toString'],
      ['{"1":1,"1":2}', '/1'],
      ['{"a":"}","b":{"x\\\\":1,"x\\\\":2}}', '/b/x\\'],
      ['{"a":{"x":1},"b":{"x":1},"a":{"x":1}}', '/a'],
      [`${'['.repeat(DEPTH + 1)}${']'.repeat(DEPTH + 1)}`, ''],
      [`${'{"a":'.repeat(DEPTH + 1)}1${'}'.repeat(DEPTH + 1)}`, ''],
      ['['.repeat(100_000) + ']'.repeat(100_000), ''],
    ];
    for (const [text, pointer] of CASES) {
      it(`${JSON.stringify(text.slice(0, 50))} at ${JSON.stringify(pointer)}`, () => {
        expect(errorOf(text)).to.include({ pointer });
      });
    }

    it('the deepest allowed nesting is accepted', () => {
      expect(errorOf(`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`)).to.equal(null);
    });

    it('exactly what JSON.parse rejects, and duplicate properties', () => {
      const piece = fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"b\\""',
        '1',
        ' ',
        'true',
        '"a":1',
        '{"a":1}',
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
          const text = pieces.join('');
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          const rejection = errorOf(text);
          if (!isJson) expect(rejection).to.have.property('pointer', '');
          else if (rejection) expect(rejection.detail).to.contain('twice');
        }),
      );
    });
  });

  describe('the text of a property', () => {
    const CASES: readonly [text: string, want: string | undefined][] = [
      ['{"data":{"attributes":{"a":1}}}', '{"a":1}'],
      ['{"data":{"x":1,"attributes":5,"y":2}}', '5'],
      ['{"data":{"attributes":12345678901234567890.10}}', '12345678901234567890.10'],
      ['{"data":{"attributes":"a \\" b \\\\"}}', '"a \\" b \\\\"'],
      ['{"data":{"\\u0061ttributes":true}}', 'true'],
      ['{"d\\u0061ta":{"attributes":null}}', 'null'],
      ['\n{ "data" :\t{ "attributes" : { "a" : [ 1 , 2 ] , "b c" : " d  e " } } }\r\n', '{"a":[1,2],"b c":" d  e "}'],
      ['{"data":{"attributes":  "x"  }}', '"x"'],
      ['{"other":{"attributes":1},"data":{"attributes":2}}', '2'],
      ['{"data":{"deep":{"attributes":1},"attributes":2}}', '2'],
      ['{"data":[{"attributes":1}]}', undefined],
      ['{"data":{"deep":{"attributes":1}}}', undefined],
      ['{"attributes":1}', undefined],
      ['{"data":{}}', undefined],
      ['[]', undefined],
    ];
    for (const [text, want] of CASES) {
      it(`${JSON.stringify(text)}: ${want ?? 'none'}`, () => {
        expect(JsonDocument.parse(text).memberText('data', 'attributes')).to.equal(want);
      });
    }

    it('is the property, whatever is around it, with or without white space', () => {
      const name = fc.string().filter((text) => text !== 'attributes');
      const others = fc.dictionary(name, fc.jsonValue());
      fc.assert(
        fc.property(fc.jsonValue(), others, others, fc.constantFrom(0, 3), (attributes, before, after, indent) => {
          const data = { ...before, attributes, ...after };
          const text = JSON.stringify({ links: after, data }, null, indent);
          const found = JsonDocument.parse(text).memberText('data', 'attributes');
          expect(found).to.equal(JSON.stringify(attributes));
        }),
      );
    });
  });

  describe('numbers that a double cannot hold', () => {
    const EXACT = [
      '0',
      '-0',
      '1',
      '1.5',
      '1e3',
      '1E+3',
      '100e-2',
      '9007199254740992',
      '0.1',
      '1.10',
      '5e-324',
      '1e308',
    ];
    for (const number of [...EXACT, '1000000000000000000000', '123456789012345', '0.000000000000000000001', '0e999']) {
      it(`${number} is exact`, () => {
        expect(JsonDocument.parse(`{"data":{"version":${number}}}`).inexactNumbers()).to.deep.equal([]);
      });
    }

    const INEXACT = [
      '9007199254740993',
      '0.99999999999999999999',
      '1e400',
      '-1e400',
      '12345678901234567890123',
      '1e-400',
    ];
    for (const number of [...INEXACT, '0.1000000000000000055511151231257827', '1.00000000000000000001']) {
      it(`${number} is not exact, and is named`, () => {
        const errors = JsonDocument.parse(`{"data":{"a/b":"x","version": ${number} }}`).inexactNumbers();
        expect(errors.map(({ pointer }) => pointer)).to.deep.equal(['/data/version']);
      });
    }

    // When the time grew with the square of the length, they took longer than the time limit of a test.
    for (const [what, text] of [
      ['many in one array', `{"x":[${'1e999,'.repeat(100_000)}1]}`],
      ['many in values that are kept as text', `{"data":{"attributes":{"x":[${'1e999,'.repeat(100_000)}1]}}}`],
      ['many, nested deep', `${'['.repeat(500)}${'1e999,'.repeat(100_000)}1${']'.repeat(500)}`],
      ['many below a long name', `{"${'a'.repeat(500_000)}":[${'1e999,'.repeat(50_000)}1]}`],
      ['one with a million zeros', `{"x":0.1${'0'.repeat(1_000_000)}1}`],
    ] as const) {
      it(`are found in time that is linear: ${what}`, () => {
        const found = JsonDocument.parse(text).inexactNumbers([{ pointer: '/data/attributes', named: ['amount'] }]);
        const length = found.reduce((sum, { pointer }) => sum + pointer.length, 0);
        expect(length, 'the response is not much larger than the request').to.be.below(text.length + 2 ** 16);
      });
    }

    it('are named at any depth, and ignored in what is kept as text', () => {
      const text = '{"data":{"attributes":{"n":[1,9007199254740993]}},"list":[{"x":1e400},{"x":{"y":1e400}}],"\\"5":1}';
      const document = JsonDocument.parse(text);
      const pointers = (...verbatim: string[]) =>
        document.inexactNumbers(verbatim.map((pointer) => ({ pointer, named: [] }))).map(({ pointer }) => pointer);
      expect(pointers()).to.deep.equal(['/data/attributes/n/1', '/list/0/x', '/list/1/x/y']);
      expect(pointers('/data/attributes')).to.deep.equal(['/list/0/x', '/list/1/x/y']);
      expect(pointers('/list/*/x', '/data/*')).to.deep.equal([]);
      expect(pointers('')).to.deep.equal([]);
      expect(pointers('/data/attribute', '/list/0/x/y')).to.have.length(3);
    });
  });

  it('a pointer escapes what RFC 6901 requires', () => {
    expect(['', 'a', 'a/b', 'm~n', '~1', '/~'].map(escapePointer)).to.deep.equal([
      '',
      'a',
      'a~1b',
      'm~0n',
      '~01',
      '~1~0',
    ]);
  });
});
