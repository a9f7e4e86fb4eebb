import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { openConnection, type Problem, type Reply, talk } from '../support/http.js';

const MIB = 1024 * 1024;

describe('bad input in a body', () => {
  let api: CheckedService;
  let witness: string;

  before(async () => {
    api = await startChecked(['--admin']);
    witness = (await api.post('/v1/payments', paymentBody({ id: 'witness' }))).text;
  });
  after(() => api.stop());
  afterEach('the process is unharmed, and nothing is lost', async () => {
    expect((await api.get('/health')).json()).to.deep.equal({ status: 'up' });
    expect((await api.get('/v1/payments/witness')).text).to.equal(witness);
    expect(api.service.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  const count = async () => (await api.get('/admin/repo')).json<{ count: number }>().count;

  function expectProblem(reply: Reply, status: number, code: string, pointers?: readonly string[]): void {
    const problem = reply.json<Problem>();
    expect([reply.status, problem.code], reply.text).to.deep.equal([status, code]);
    if (pointers) expect([...new Set(problem.errors?.map(({ pointer }) => pointer))]).to.have.members([...pointers]);
  }

  /** The text of a payment, with one part replaced. */
  const text = (parts: { id?: string; version?: string; more?: string; attributes?: string } = {}) =>
    `{"data":{"id":${parts.id ?? JSON.stringify(freshId())},"version":${parts.version ?? '0'},"type":"Payment",` +
    `"organisation_id":"o","attributes":${parts.attributes ?? '{"amount":"1"}'}${parts.more ?? ''}}}`;

  async function sendBoth(body: string | Buffer, headers = {}): Promise<Reply[]> {
    return [await api.post('/v1/payments', body, headers), await api.put('/v1/payments/witness', body, headers)];
  }

  describe('what is not JSON', () => {
    const BODIES: readonly [name: string, body: string | Buffer][] = [
      ['nothing', ''],
      ['white space', ' \r\n\t'],
      ['a word', 'hello'],
      ['half an object', '{"data":'],
      ['half a string', '{"data":"abc'],
      ['a comma too many', '{"data":{},}'],
      ['a comment', '{"data":{}} // yes'],
      ['two texts', '{"data":{}}{"data":{}}'],
      ['single quotes', "{'data':{}}"],
      ['names without quotes', '{data:{}}'],
      ['NaN', '{"data":NaN}'],
      ['a leading zero', text({ version: '01' })],
      ['a plus sign', text({ version: '+1' })],
      ['a hexadecimal number', text({ version: '0x10' })],
      ['a point without digits', text({ version: '1.' })],
      ['undefined', text({ version: 'undefined' })],
      ['a raw line feed in a string', text({ id: '"a\nb"' })],
      ['a raw NUL in a string', text({ id: '"a\0b"' })],
      ['a raw NUL between tokens', `${text()}\0`],
      ['an unknown escape', text({ id: '"a\\xb"' })],
      ['half an escape', text({ id: '"a\\u00"' })],
      ['a form', 'id=1&amount=5'],
      ['XML', '<?xml version="1.0"?><payment/>'],
      ['a byte order mark of UTF-16', Buffer.from(`\ufeff${text()}`, 'utf16le')],
      ['a byte that is no UTF-8', Buffer.from(text({ id: '"a\xffb"' }), 'latin1')],
      ['Latin-1', Buffer.from(text({ id: '"Zürich"' }), 'latin1')],
      [
        'a lone surrogate as bytes',
        Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xed, 0xa0, 0x80, 0x22, 0x7d])]),
      ],
      ['an overlong encoding', Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xc0, 0xaf, 0x22, 0x7d])])],
      ['half a character at the end', Buffer.from('{"data":"€').subarray(0, -1)],
    ];
    for (const [name, body] of BODIES) {
      it(`${name} is 400`, async () => {
        for (const reply of await sendBoth(body)) expectProblem(reply, 400, 'malformed_json', ['']);
      });
    }

    it('a duplicate property is 400, and named', async () => {
      const cases: readonly [body: string, pointer: string][] = [
        [text({ more: ',"id":"other"' }), '/data/id'],
        [`{"data":{},"data":{}}`, '/data'],
        [text({ attributes: '{"amount":"1","amount":"2"}' }), '/data/attributes/amount'],
        [text({ attributes: '{"amount":"1","a":[0,{"b~/":1,"b~/":1}]}' }), '/data/attributes/a/1/b~0~1'],
        [text({ attributes: '{"amount":"1","\\u0061mount":"2"}' }), '/data/attributes/amount'],
        [text({ attributes: '{"amount":"1","__proto__":1,"__proto__":2}' }), '/data/attributes/__proto__'],
      ];
      for (const [body, pointer] of cases) {
        for (const reply of await sendBoth(body)) {
          expectProblem(reply, 400, 'malformed_json', [pointer]);
          expect(reply.json<Problem>().detail).to.contain(pointer);
        }
      }
    });
  });

  describe('nesting', () => {
    const nested = (open: string, close: string, levels: number) =>
      text({ attributes: `{"amount":"1","deep":${open.repeat(levels)}${close.repeat(levels)}}` });

    it('of 100,000 levels is 400, closed or not', async () => {
      for (const body of [
        nested('[', ']', 100_000),
        nested('{"a":', '}', 100_000).replace('"a":}', '"a":1}'),
        '['.repeat(100_000),
        '{"a":'.repeat(100_000),
        `{"data":${'['.repeat(100_000)}`,
      ]) {
        for (const reply of await sendBoth(body)) expectProblem(reply, 400, 'malformed_json', ['']);
      }
    });

    it('of 500 levels is stored and returned unchanged', async () => {
      const id = freshId();
      const deep = `{"amount":"1","deep":${'[{"a":'.repeat(250)}1${'}]'.repeat(250)}}`;
      const reply = await api.post('/v1/payments', text({ id: `"${id}"`, attributes: deep }));
      expect(reply.status).to.equal(201);
      expect(reply.text).to.contain(deep);
    });
  });

  describe('numbers', () => {
    for (const version of [
      ...['-1', '-1e3', '1.5', '1e-3', '9007199254740992', '9007199254740993', '99999999999999999999', '1e16', '1e400'],
      ...['0.99999999999999999999', '0.00000000000000000000000001', '1.00000000000000000001', '-0.0000000001'],
      ...['"0"', '" 5"', '"1e3"', '""', 'null', 'true', '[]', '[0]', '{}'],
    ]) {
      it(`the version ${version} is 400 and names it`, async () => {
        for (const reply of await sendBoth(text({ id: '"witness"', version }))) {
          expectProblem(reply, 400, 'validation_failed', ['/data/version']);
        }
      });
    }

    for (const version of ['1e3', '0x10', '%205', '5%20', '9007199254740993', '99999999999999999999', '-1', '+0', '']) {
      it(`the query parameter version=${version} is 400 and names it`, async () => {
        const reply = await api.delete(`/v1/payments/witness?version=${version}`);
        expectProblem(reply, 400, 'validation_failed', ['/query/version']);
      });
    }

    for (const query of [
      'version=0&version=0',
      'version=0&version=1',
      'version[]=0',
      'version=0&Version=0',
      'version=0&x',
    ]) {
      it(`?${query} is 400`, async () => {
        expectProblem(await api.delete(`/v1/payments/witness?${query}`), 400, 'validation_failed');
      });
    }
  });

  describe('names with a meaning in JavaScript', () => {
    it('are unknown properties where the contract names all', async () => {
      const body = text({ more: ',"__proto__":{"version":9},"constructor":{},"toString":1' });
      expectProblem(await api.post('/v1/payments', body), 400, 'validation_failed', [
        ...['/data/__proto__', '/data/constructor', '/data/toString'],
      ]);
      expectProblem(await api.post('/v1/payments', `{"__proto__":${text()}}`), 400, 'validation_failed', [
        ...['/data', '/__proto__'],
      ]);
    });

    it('do not replace missing properties', async () => {
      const body =
        '{"data":{"__proto__":{"id":"x","type":"Payment","organisation_id":"o","attributes":{"amount":"1"}}}}';
      expectProblem(await api.post('/v1/payments', body), 400, 'validation_failed', [
        ...['/data/id', '/data/type', '/data/organisation_id', '/data/attributes', '/data/__proto__'],
      ]);
    });

    it('are data inside attributes, and change nothing else', async () => {
      const attributes = '{"amount":"1","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
      const reply = await api.post('/v1/payments', text({ attributes }));
      expect(reply.status).to.equal(201);
      expect(reply.text).to.contain(attributes);
      expect((await api.post('/v1/payments', paymentBody())).text).to.not.contain('polluted');
    });
  });

  describe('media types', () => {
    const FINE = [
      'application/json',
      'APPLICATION/JSON',
      'application/json;charset=UTF-8',
      'application/json; charset="utf-8"',
      'application/json; profile="x;charset=iso-8859-1"',
    ];
    for (const type of [
      ...FINE,
      'application/json;',
      'application/vnd.api+json',
      'application/problem+json; charset=us-ascii',
    ]) {
      it(`${type} is accepted`, async () => {
        expect((await api.post('/v1/payments', paymentBody(), { 'content-type': type })).status).to.equal(201);
      });
    }

    const REJECTED = [
      'text/plain',
      'text/json',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ];
    const BROKEN = [
      '',
      'json',
      'application/',
      'application/jsonx',
      'application/+json',
      'application/json, text/plain',
      '*/*',
    ];
    const CHARSETS = ['utf-16', 'latin1', 'iso-8859-1', '', 'utf-8x'].map(
      (name) => `application/json; charset=${name}`,
    );
    for (const type of [...REJECTED, ...BROKEN, ...CHARSETS]) {
      it(`${JSON.stringify(type)} is 415, whatever the body is`, async () => {
        for (const body of [JSON.stringify(paymentBody()), '{']) {
          for (const reply of await sendBoth(body, { 'content-type': type })) {
            expectProblem(reply, 415, 'unsupported_media_type');
          }
        }
      });
    }

    it('without Content-Type it is 415; without a body 400', async () => {
      const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
      expect(await talk(api.port, `${head}Content-Length: 2\r\n\r\n{}`)).to.match(/^HTTP\/1.1 415 /);
      expect(await talk(api.port, `${head}\r\n`)).to.match(/^HTTP\/1.1 400 .*validation_failed/s);
      expect(await talk(api.port, `${head}Content-Length: 0\r\n\r\n`)).to.match(/^HTTP\/1.1 400 /);
    });
  });

  describe('size', () => {
    const large = Buffer.from(text({ attributes: `{"amount":"1","note":"${'x'.repeat(2 * MIB)}"}` }));
    const sized = (bytes: number) => {
      const empty = text({ id: JSON.stringify(freshId()), attributes: '{"amount":"1","note":""}' });
      return empty.replace('"note":""', `"note":"${'x'.repeat(bytes - empty.length)}"`);
    };

    it('1 MiB is accepted, one byte more is 413', async () => {
      const fits = await api.post('/v1/payments', sized(MIB));
      expect(fits.status).to.equal(201);
      expectProblem(await api.post('/v1/payments', sized(MIB + 1)), 413, 'body_too_large');
    });

    it('2 MiB are 413, with Content-Length', async () => {
      for (const reply of await sendBoth(large)) expectProblem(reply, 413, 'body_too_large');
    });

    it('2 MiB are 413, in chunks of unknown total size', async () => {
      const headers = { 'transfer-encoding': 'chunked' };
      for (const reply of await sendBoth(large, headers)) expectProblem(reply, 413, 'body_too_large');
    });

    it('a 413 ends the connection, because the rest might never arrive', async () => {
      const connection = await openConnection(api.port);
      connection.write('POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n');
      connection.write('Content-Length: 9999999999\r\n\r\n{');
      await connection.until('body_too_large');
      expect(connection.text()).to.match(/^Connection: close\r$/m);
      await connection.ended;
    });

    it('2 MiB are rejected before they are sent, if the client waits for 100 Continue', async () => {
      const connection = await openConnection(api.port);
      const head =
        'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';
      connection.write(`${head}Content-Length: ${large.length}\r\n\r\n`);
      await connection.until('body_too_large');
      expect(connection.text())
        .to.match(/^HTTP\/1.1 413 /)
        .and.not.contain('100 Continue');
      connection.close();
    });

    it('100 Continue is sent once for a body that fits', async () => {
      const connection = await openConnection(api.port);
      const body = text();
      const head =
        'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';
      connection.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
      await connection.until('100 Continue');
      connection.write(body);
      await connection.until('201 Created');
      expect(connection.text().match(/100 Continue/g)).to.have.length(1);
      connection.close();
    });

    it('an announced length larger than any integer is 413', async () => {
      const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
      const reply = await talk(api.port, `${head}Connection: close\r\nContent-Length: 999999999999\r\n\r\n{`);
      expect(reply).to.match(/^HTTP\/1.1 413 /);
    });
  });

  describe('content codings', () => {
    const brotli = (input: string | Buffer) =>
      brotliCompressSync(input, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
    const CODINGS: Readonly<Record<string, (input: string | Buffer) => Buffer>> = {
      gzip: gzipSync,
      deflate: deflateSync,
      br: brotli,
    };

    for (const [coding, pack] of Object.entries(CODINGS)) {
      it(`${coding} is decompressed`, async () => {
        const note = 'Łódź 😀'.repeat(100);
        const body = paymentBody({ attributes: { amount: '1', note } });
        const headers = { 'content-encoding': coding };
        const reply = await api.post('/v1/payments', pack(JSON.stringify(body)), headers);
        expect(reply.status, reply.text).to.equal(201);
        expect(reply.json()).to.have.nested.property('data.attributes.note', note);
      });

      it(`a ${coding} bomb is 413`, async () => {
        const bomb = pack(Buffer.alloc(100 * MIB, ' '));
        expect(bomb.length).to.be.lessThan(MIB);
        for (const reply of await sendBoth(bomb, { 'content-encoding': coding })) {
          expectProblem(reply, 413, 'body_too_large');
        }
      });

      it(`a ${coding} body that is broken or truncated is 400`, async () => {
        const packed = pack(JSON.stringify(paymentBody({ attributes: { amount: '1', note: 'x'.repeat(5000) } })));
        const broken = Buffer.from(packed);
        broken.fill(0xff, Math.floor(broken.length / 2));
        for (const body of [broken, packed.subarray(0, -8), Buffer.from(text())]) {
          const reply = await api.post('/v1/payments', body, { 'content-encoding': coding });
          expectProblem(reply, 400, 'malformed_json', ['']);
        }
      });

      it(`bytes after the end of ${coding} are 400`, async () => {
        const packed = pack(text());
        for (const rest of ['\0', 'x', '{"data":{}}']) {
          const body = Buffer.concat([packed, Buffer.from(rest)]);
          const reply = await api.post('/v1/payments', body, { 'content-encoding': coding });
          expectProblem(reply, 400, 'malformed_json', ['']);
        }
      });

      it(`${coding} of invalid JSON or UTF-8 is 400`, async () => {
        for (const body of ['{', Buffer.from([0x22, 0xff, 0x22])]) {
          const reply = await api.post('/v1/payments', pack(body), { 'content-encoding': coding });
          expectProblem(reply, 400, 'malformed_json', ['']);
        }
      });
    }

    for (const [coding, pack] of [
      ['GZIP', gzipSync],
      ['x-gzip', gzipSync],
      ['Br', brotli],
      ['Identity', (input: string | Buffer) => Buffer.from(input)],
    ] as const) {
      it(`${coding} may be in upper case`, async () => {
        const packed = pack(JSON.stringify(paymentBody()));
        const reply = await api.post('/v1/payments', packed, { 'content-encoding': coding });
        expect(reply.status, reply.text).to.equal(201);
      });
    }

    it('identity is accepted', async () => {
      const reply = await api.post('/v1/payments', paymentBody(), { 'content-encoding': 'identity' });
      expect(reply.status).to.equal(201);
    });

    for (const coding of ['compress', 'zstd', 'gzip, gzip', 'gzip, br', 'x', 'utf-8', 'chunked']) {
      it(`${coding} is 415`, async () => {
        const reply = await api.post('/v1/payments', gzipSync(text()), { 'content-encoding': coding });
        expectProblem(reply, 415, 'unsupported_media_type');
        expect(reply.headers['accept-encoding']).to.equal('gzip, deflate, br, identity');
      });
    }

    it('deflate without its frame is decompressed or 400', async () => {
      const reply = await api.post('/v1/payments', deflateRawSync(text()), { 'content-encoding': 'deflate' });
      expect(reply.status).to.be.oneOf([201, 400]);
    });
  });

  it('no rejected request created a payment', async () => {
    const before = await count();
    for (const body of ['{', text({ version: '-1' }), text({ more: ',"x":1' })]) await sendBoth(body);
    expect(await count()).to.equal(before);
  });
});
