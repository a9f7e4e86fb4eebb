import { expect } from 'chai';
import { readLines } from '../../src/store/transfer/lines.js';
import { parsePaymentLine } from '../../src/store/transfer/payment-line.js';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('lines', () => {
  const bytes = Buffer.concat([
    Buffer.from('\uFEFFfirst é\n\n'),
    Buffer.from('x'.repeat(50)),
    Buffer.from([0x0a, 0xff, 0xfe, 0x0a]),
    Buffer.from('last 田'),
  ]);

  for (const size of [1, 2, 3, 7, 1000]) {
    it(`are the same however the bytes arrive: ${size} at a time`, async () => {
      const lines: [number, string | null, string | null][] = [];
      for await (const { number, text, fault } of readLines(inPieces(bytes, size), 20))
        lines.push([number, text, fault]);
      expect(lines).to.deep.equal([
        [1, 'first é', null],
        [2, '', null],
        [3, null, 'is longer than 20 bytes'],
        [4, null, 'is not UTF-8'],
        [5, 'last 田', null],
      ]);
    });
  }
});

describe('a payment of a line', () => {
  const noFaults = () => [];

  it('keeps the text of its attributes, but for white space between tokens', () => {
    const parsed = parsePaymentLine(
      ' { "attributes" : { "a b" : 1.0e400 , "c":[ 1 ] }, "id":"i","organisation_id":"o" } ',
      noFaults,
    );
    expect(parsed).to.deep.equal({
      entry: {
        id: 'i',
        version: 0,
        organisationId: 'o',
        attributes: '{"a b":1.0e400,"c":[1]}',
        deleted: false,
        position: null,
      },
    });
  });

  for (const line of [
    '{"id":"x"},"links":{}',
    '1},{"data":2',
    '[]',
    'null',
    '"text"',
    '{"data":[]}',
    '{"data":{}} {}',
  ]) {
    it(`is not taken from ${line}`, () => {
      const parsed = parsePaymentLine(line, noFaults);
      expect(parsed).to.have.property('faults').with.length(1);
    });
  }

  it('is refused where a member is there twice, or a version is too great to be exact', () => {
    expect(parsePaymentLine('{"id":"a","id":"b"}', noFaults))
      .to.have.deep.nested.property('faults[0].detail')
      .that.contains('twice');
    expect(parsePaymentLine('{"version":9007199254740993}', noFaults)).to.have.nested.property(
      'faults[0].pointer',
      '/version',
    );
  });
});
