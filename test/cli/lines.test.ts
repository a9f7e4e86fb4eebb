import { expect } from 'chai';
import { parseLine, printLine } from '../../src/cli/transfer/line.js';
import { payments } from '../../src/payments/resource.js';
import { readLines } from '../../src/store/transfer.js';

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
    it(`are the same for any size of chunks: ${size} bytes at a time`, async () => {
      const lines: [number, string | { error: string }][] = [];
      for await (const { number, line } of readLines(inPieces(bytes, size), 20)) lines.push([number, line]);
      expect(lines).to.deep.equal([
        [1, 'first é'],
        [2, ''],
        [3, { error: 'is longer than 20 bytes' }],
        [4, { error: 'is not UTF-8' }],
        [5, 'last 田'],
      ]);
    });
  }
});

describe('a payment in a line', () => {
  const parse = (text: string) => parseLine([payments], () => [], text);

  it('keeps the text of its attributes, except white space between tokens', () => {
    const parsed = parse(' { "attributes" : { "a b" : 1.0e400 , "c":[ 1 ] }, "id":"i","organisation_id":"o" } ');
    expect(parsed).to.deep.equal({
      resource: 'payments',
      entry: {
        kind: 'created',
        row: { id: 'i', version: 0, organisation_id: 'o', attributes: '{"a b":1.0e400,"c":[1]}' },
        position: null,
        at: null,
        isBaseline: true,
        idempotency: null,
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
    it(`is not read from ${line}`, () => {
      const parsed = parse(line);
      expect(parsed).to.have.property('error').that.does.not.contain(';');
    });
  }

  it('is rejected if a property is duplicate, or a number too large to be exact', () => {
    expect(parse('{"id":"a","id":"b"}')).to.have.property('error').that.contains('twice');
    const version = '{"version":9007199254740993,"organisation_id":"o"}';
    expect(parseLine([payments], (_resource, _body, document) => document.inexactNumbers(), version))
      .to.have.property('error')
      .that.matches(/^\/version /);
  });

  it('is rejected if its version leaves no room for updates', () => {
    const parsed = (version: number) => parse(`{"id":"i","version":${version},"organisation_id":"o","attributes":{}}`);
    expect(parsed(999_999_999_999_999)).to.have.nested.property('entry.row.version', 999_999_999_999_999);
    for (const version of [10 ** 15, Number.MAX_SAFE_INTEGER])
      expect(parsed(version)).to.deep.equal({ error: '/version must have at most 15 digits' });
  });

  it('must name id, version and time if it is a change', () => {
    const lineOf = (change: unknown) => JSON.stringify({ id: 'i', organisation_id: 'o', attributes: {}, change });
    const change = { position: '3', kind: 'updated', at: '2026-01-31T09:30:00.000Z' };
    expect(parse(lineOf(change))).to.have.nested.property('entry.kind', 'updated');
    for (const [wrong, pointer] of [
      [{ ...change, position: 3 }, '/change/position'],
      [{ ...change, kind: 'made' }, '/change/kind'],
      [{ ...change, at: 'today' }, '/change/at'],
      [{ ...change, at: '2026-13-01T09:30:00.000Z' }, '/change/at'],
      [{ ...change, at: '2026-06-31T09:30:00.000Z' }, '/change/at'],
      [{ ...change, at: '0000-01-31T09:30:00.000Z' }, '/change/at'],
      // Nor one after which the next change's time would have a fifth digit in its year.
      [{ ...change, at: '9999-12-31T23:59:59.999Z' }, '/change/at'],
      ...['', 'a b', 'a\0b', 'x'.repeat(256)].flatMap((text): [unknown, string][] => [
        [{ ...change, idempotency_key: text, fingerprint: 'f' }, '/change/idempotency_key'],
        [{ ...change, idempotency_key: 'k', fingerprint: text }, '/change/fingerprint'],
      ]),
      [{ ...change, idempotency_key: 'k' }, '/change'],
      [{ ...change, idempotencyKey: 'k' }, '/change'],
    ] as const) {
      expect(parse(lineOf(wrong)))
        .to.have.property('error')
        .that.contains(`${pointer} `);
    }
  });
});

describe('a row of a line', () => {
  const boats = {
    name: 'boats',
    columns: ['sail', 'crew', 'sunk'],
    jsonColumns: ['crew', 'sunk'],
    filter: null,
    constants: { type: 'Boat' },
  };
  const parse = (text: string) => parseLine([boats], () => [], text);

  it('has numbers and booleans as JSON, and leaves out what is null', () => {
    const parsed = parse('{"id":"a","sail":"red","crew":5}');
    if ('error' in parsed) throw new Error(parsed.error);
    const { row } = parsed.entry;
    expect(row).to.deep.equal({ id: 'a', version: 0, sail: 'red', crew: '5', sunk: 'null' });
    const line = printLine(boats, false, { row, position: '1', isDeleted: false });
    expect(JSON.parse(line)).to.include({ crew: 5, sail: 'red' }).and.to.not.have.property('sunk');
    expect(parse(line)).to.have.nested.property('entry.row').that.deep.equals(row);
  });

  it('may leave out null where the contract requires the property, but nothing else', () => {
    const errorsOf = (sample: unknown) => (_: unknown, body: unknown) => {
      const { sunk } = Object(Object(body).data);
      return sunk === sample
        ? []
        : [{ pointer: '/data/sunk', detail: sunk === undefined ? 'is required' : 'is wrong' }];
    };
    const line = '{"id":"a","sail":"red"}';
    expect(parseLine([boats], errorsOf(null), line)).to.have.nested.property('entry.row.sunk', 'null');
    expect(parseLine([boats], errorsOf(true), line)).to.deep.equal({ error: '/sunk is required' });
  });

  it('keeps what only the service sets, which requests lose', () => {
    const withoutReadOnly = (_: unknown, body: unknown) => {
      Reflect.deleteProperty(Object(Object(body).data), 'sail');
      return [];
    };
    const sail = (value: unknown) => parseLine([boats], withoutReadOnly, JSON.stringify({ id: 'a', sail: value }));
    expect(sail('red')).to.have.nested.property('entry.row.sail', 'red');
    expect(sail(5)).to.deep.equal({ error: '/sail is required, because its column is text' });
  });

  it('is rejected without the text of a column, unless its JSON is missing', () => {
    expect(parse('{"id":"a","crew":5}')).to.deep.equal({ error: '/sail is required, because its column is text' });
    expect(parse('{"id":"a","sail":"red"}')).to.have.nested.property('entry.row.crew', 'null');
  });
});
