import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import fc from 'fast-check';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { openConnection, talk } from '../support/http.js';

const CLOSE = 'Host: a\r\nConnection: close\r\n';

describe('bad input on the socket', () => {
  let api: CheckedService;
  let witness: string;

  before(async () => {
    api = await startChecked(['--metrics']);
    witness = (await api.post('/v1/payments', paymentBody({ id: 'witness' }))).text;
  });
  after(() => api.stop());
  afterEach('the process is unharmed, and nothing is lost', async () => {
    expect((await api.get('/health')).status).to.equal(200);
    expect((await api.get('/v1/payments/witness')).text).to.equal(witness);
    expect(api.service.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  const create = (id: string, headers = '') => {
    const body = JSON.stringify(paymentBody({ id }));
    const head = `POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}`;
    return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  };

  const HOSTILE: readonly [name: string, bytes: string, status: number, code: string][] = [
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed_request'],
    ['NUL bytes', '\0\0\0\0', 400, 'malformed_request'],
    ['a method nobody knows', `FOO / HTTP/1.1\r\n${CLOSE}\r\n`, 400, 'malformed_request'],
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
    [
      'two framings',
      `POST /v1/payments HTTP/1.1\r\n${CLOSE}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'malformed_request',
    ],
    ['a negative length', `POST /v1/payments HTTP/1.1\r\n${CLOSE}Content-Length: -1\r\n\r\n`, 400, 'malformed_request'],
    [
      'two media types',
      `POST /v1/payments HTTP/1.1\r\n${CLOSE}Content-Type: application/json\r\nContent-type: text/plain\r\n\r\n`,
      400,
      'malformed_request',
    ],
    [
      'two kinds of credentials',
      `GET /metrics HTTP/1.1\r\n${CLOSE}Authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n`,
      400,
      'malformed_request',
    ],
    ['a space in the target', `GET /v1/pay ments HTTP/1.1\r\n${CLOSE}\r\n`, 400, 'malformed_request'],
    ['headers of 100 KB', `GET / HTTP/1.1\r\n${CLOSE}X: ${'x'.repeat(100_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['20,000 headers', `GET / HTTP/1.1\r\n${CLOSE}${'X: 1\r\n'.repeat(20_000)}\r\n`, 431, 'headers_too_large'],
    ['an id of 100 KB', `GET /v1/payments/${'x'.repeat(100_000)} HTTP/1.1\r\n${CLOSE}\r\n`, 431, 'headers_too_large'],
    ['an expectation', `GET /health HTTP/1.1\r\n${CLOSE}Expect: pie\r\n\r\n`, 417, 'expectation_failed'],
    ['CONNECT', `CONNECT a:443 HTTP/1.1\r\n${CLOSE}\r\n`, 405, 'method_not_allowed'],
    [
      'a chunk without a size',
      `POST /v1/payments HTTP/1.1\r\n${CLOSE}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'malformed_request',
    ],
  ];
  for (const [name, bytes, status, code] of HOSTILE) {
    it(`${name}: ${status}, a complete problem, and the end of the connection`, async () => {
      const [head = '', body = ''] = (await talk(api.port, bytes)).split('\r\n\r\n');
      expect(head)
        .to.match(new RegExp(`^HTTP/1\\.1 ${status} `))
        .and.match(/^Connection: close\r?$/im);
      const requestId = /^X-Request-Id: (\S+)\r?$/im.exec(head)?.[1];
      expect(JSON.parse(body)).to.include({ status, code, instance: requestId });
      expect(head).to.match(new RegExp(`^Content-Length: ${body.length}\r?$`, 'im'));
    });
  }

  it('a request rejected below HTTP has the line in the log that every request has, and is counted', async () => {
    const named = 'X-Request-Id: refused\r\nUser-Agent: test\r\nExpect: pie\r\n';
    await talk(api.port, `POST /v1/payments?x=1 HTTP/1.1\r\n${CLOSE}${named}\r\n`);
    const known = await api.service.logged((line) => line.request_id === 'refused');
    expect(known).to.include({ level: 'info', message: 'request', method: 'POST', route: '/v1/payments', status: 417 });
    expect(known).to.include({ path: '/v1/payments', client: '127.0.0.1', user_agent: 'test' });
    expect(known).to.include({ error_code: 'expectation_failed' });
    expect(known.duration_ms).to.be.a('number').within(0, 10_000);
    expect(known.timestamp).to.match(/^\d{4}-\d\d-\d\dT/);

    const reply = await talk(api.port, 'GET / HTTP/1.1\r\nno header\r\n\r\n');
    const id = /^X-Request-Id: (\S+)\r$/m.exec(reply)?.[1];
    const unread = await api.service.logged((line) => line.request_id === id);
    expect(unread).to.include({ level: 'info', message: 'request', method: '-', route: 'unmatched', status: 400 });
    expect(unread).to.include({
      error_code: 'malformed_request',
      detail: JSON.parse(reply.split('\r\n\r\n')[1] ?? '').detail,
    });
    expect(unread.bytes).to.equal(reply.split('\r\n\r\n')[1]?.length);

    const { text } = await api.get('/metrics');
    for (const labels of [
      'method="POST",route="/v1/payments",status="417"',
      'method="OTHER",route="unmatched",status="400"',
    ]) {
      expect(text).to.match(new RegExp(`^http_request_duration_seconds_count\\{${labels}\\} [1-9]`, 'm'));
    }
    expect(text).to.match(/^http_requests_in_flight 1$/m);
  });

  it('a request rejected below HTTP gets application/problem+json if its Accept could be read', async () => {
    const asking = 'Connection: close\r\nAccept: application/problem+json\r\n';
    for (const bytes of [
      `GET /health HTTP/1.1\r\n${asking}\r\n`,
      `GET /health HTTP/1.1\r\nHost: a\r\n${asking}Expect: pie\r\n\r\n`,
      `CONNECT a:1 HTTP/1.1\r\nHost: a\r\n${asking}\r\n`,
    ]) {
      expect(await talk(api.port, bytes)).to.match(/^Content-Type: application\/problem\+json\r$/m);
    }
  });

  it('a body with broken framing: the 400 has an entry in errors, like every other', async () => {
    const head = `POST /v1/payments HTTP/1.1\r\n${CLOSE}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`;
    const [, body = ''] = (await talk(api.port, `${head}\r\nzz\r\n`)).split('\r\n\r\n');
    const { errors, detail } = JSON.parse(body);
    expect(errors).to.deep.equal([{ pointer: '', detail }]);
  });

  it('invalid percent-escapes in ids are 400 and crash nothing', async () => {
    for (const id of ['%', '%2', '%zz', '%E0%A4%A', '%C3%28', '%ED%A0%80', '%00', '%0d%0a', '%F5%80%80%80', '%2e%zz']) {
      const reply = await talk(api.port, `GET /v1/payments/${id} HTTP/1.1\r\n${CLOSE}\r\n`);
      expect(reply, id).to.match(/^HTTP\/1.1 400 .*"pointer":"\/path\/id"/s);
    }
  });

  it('bytes beyond ASCII in a target: a status below 500', async () => {
    for (const target of ['/v1/payments/\xff', '/v1/payments/\xc3\xbc', '/v1/payments?size=\xff', '/\x7f']) {
      const reply = await talk(api.port, `GET ${target} HTTP/1.1\r\n${CLOSE}\r\n`);
      expect(reply, JSON.stringify(target)).to.match(/^HTTP\/1.1 4\d\d /);
    }
  });

  it('an absolute target stands for its path', async () => {
    for (const [target, status] of [
      ['http://localhost:8080/v1/payments/witness', 200],
      ['HTTP://other.example/v1/payments?size=1', 200],
      ['https://user:secret@other.example:1/health', 200],
      ['http://other.example', 200],
      ['http://other.example?size=1', 200],
      ['http://other.example/v1/payments?size=x', 400],
      ['ftp://other.example/health', 404],
    ] as const) {
      const reply = await talk(api.port, `GET ${target} HTTP/1.1\r\n${CLOSE}\r\n`);
      expect(reply, target).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(reply).to.not.contain('other.example');
    }
  });

  it('OPTIONS * lists the methods', async () => {
    const reply = await talk(api.port, `OPTIONS * HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(reply).to.match(/^HTTP\/1.1 204 .*\r\n(.*\r\n)*Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n/);
  });

  it('pipelined requests get their responses in order, writes among them', async () => {
    const id = freshId();
    const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
    const reply = await talk(
      api.port,
      get('/health') + create(id) + create(id) + get(`/v1/payments/${id}`) + get('/nowhere'),
      get('/v1/payments/%') + get('/health/live', 'Connection: close\r\n'),
    );
    const statuses = Array.from(reply.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
    expect(statuses).to.deep.equal([200, 201, 409, 200, 404, 400, 200]);
    const put = (version: number) => {
      const body = JSON.stringify(paymentBody({ id, version }));
      return `PUT /v1/payments/${id} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };
    const written = await talk(
      api.port,
      `${put(0)}${put(1)}DELETE /v1/payments/${id}?version=2 HTTP/1.1\r\nHost: a\r\n\r\n`,
      get(`/v1/payments/${id}`, 'Connection: close\r\n'),
    );
    const effects = Array.from(written.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
    expect(effects).to.deep.equal([200, 200, 204, 404]);
  });

  it('a connection ends after 1,000 pipelined requests, the last of which has its body', async () => {
    const id = freshId();
    const [before, after] = [
      'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(999),
      'GET /health HTTP/1.1\r\nHost: a\r\n\r\n',
    ];
    const last = create(id);
    const middle = last.length - 10;
    const reply = await talk(api.port, before + last.slice(0, middle), last.slice(middle) + after);
    const statuses = Array.from(reply.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
    expect(statuses.slice(0, 999).every((status) => status === 200)).to.equal(true);
    expect(statuses.slice(999)).to.deep.equal([201]);
    expect((await api.get(`/v1/payments/${id}`)).status).to.equal(200);
  });

  it('Upgrade is ignored, and the requests around it are served', async () => {
    const [id, other] = [freshId(), freshId()];
    const upgrade = 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n';
    const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
    const reply = await talk(
      api.port,
      create(id) + get('/health', upgrade) + create(other, upgrade) + get('/openapi.json') + get('/nowhere', upgrade),
      `${get(`/v1/payments/${id}`, upgrade)}HEAD /health HTTP/1.1\r\nHost: a\r\n${upgrade}Connection: close\r\n\r\n`,
    );
    const statuses = Array.from(reply.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
    expect(statuses).to.deep.equal([201, 200, 201, 200, 404, 200, 200]);
  });

  it('a CONNECT gets its response after earlier requests, however large their responses are', async () => {
    const get = 'GET /docs/openapi-explorer.js HTTP/1.1\r\nHost: a\r\n\r\n';
    const reply = await talk(api.port, `${get}${get}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    const statuses = Array.from(reply.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
    expect(statuses).to.deep.equal([200, 200, 405]);
  });

  it('nothing after a broken request is executed', async () => {
    const id = freshId();
    for (const line of ['Host : a', 'Host: a\r\nContent-Length : 9']) {
      const reply = await talk(api.port, `GET /health HTTP/1.1\r\n${line}\r\n\r\n${create(id)}`);
      expect(reply.match(/HTTP\/1\.1 \d+/g), line).to.deep.equal(['HTTP/1.1 400']);
    }
    expect((await api.get(`/v1/payments/${id}`)).status).to.equal(404);
  });

  it('a body truncated by its client creates nothing', async () => {
    const id = freshId();
    const whole = create(id, 'Expect: 100-continue\r\n');
    const socket = net.connect(api.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(whole.slice(0, -5));
    // The request must have arrived, or the reset would discard it.
    await once(socket, 'data');
    socket.resetAndDestroy();
    await api.service.logged(({ status }) => status === 499);
    expect((await api.get(`/v1/payments/${id}`)).status).to.equal(404);
  });

  it('a truncated request: 400, at any place, if the client still reads', async () => {
    const id = freshId();
    const [head = '', body = ''] = create(id).split('\r\n\r\n');
    const chunked = head.replace(/Content-Length: .*/, 'Transfer-Encoding: chunked');
    for (const bytes of [
      'GET /hea',
      head,
      `${head}\r\n\r\n`,
      `${head}\r\n\r\n${body.slice(0, -5)}`,
      `${chunked}\r\n\r\n5\r\n{"d`,
    ]) {
      const socket = net.connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(bytes);
      const [replyHead = '', replyBody = '{}'] = (await text(socket)).split('\r\n\r\n');
      expect(replyHead, bytes).to.match(/^HTTP\/1\.1 400 .*^Connection: close/ms);
      expect(JSON.parse(replyBody), bytes).to.include({ code: 'malformed_request' });
    }
    expect((await api.get(`/v1/payments/${id}`)).status).to.equal(404);
  });

  it('a client that closes its side during requests gets each response, and the end with the last', async () => {
    const get = 'GET /v1/changes HTTP/1.1\r\nHost: a\r\n\r\n';
    for (const [bytes, statuses] of [
      [get + get, ['200', '200']],
      [`${get}${get}GET / HTTQ/1.1\r\n\r\n`, ['200', '200', '400']],
      [`${get}${get}GET /`, ['200', '200', '400']],
      [`${get}${get.replace('Host', 'Upgrade: h2c\r\nConnection: Upgrade\r\nHost')}${get}`, ['200', '200', '200']],
    ] as const) {
      const socket = net.connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(bytes);
      const reply = await text(socket);
      expect(Array.from(reply.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => status)).to.deep.equal(statuses);
      // The last good response may be written before the server has read that its client is done.
      if (statuses.at(-1) === '400') {
        expect(reply.match(/^Connection: .*$/gm)?.at(-1)).to.equal('Connection: close');
      }
    }
  });

  it('a header value with a control character: the 400 points to it', async () => {
    for (const name of ['Idempotency-Key', 'If-Match']) {
      const reply = await talk(api.port, create('never', `${name}: a\u0001b\r\n`));
      expect(reply, name).to.match(/^HTTP\/1\.1 400 /);
      expect(reply, name).to.contain(`"errors":[{"pointer":"/header/${name.toLowerCase()}"`);
    }
    expect((await api.get('/v1/payments/never')).status).to.equal(404);
  });

  it('bytes beyond the length are the next request, never part of the payment', async () => {
    const id = freshId();
    const reply = await talk(api.port, `${create(id)}garbage`);
    expect(reply).to.match(/^HTTP\/1.1 201 .*HTTP\/1.1 400 .*malformed_request/s);
    expect((await api.get(`/v1/payments/${id}`)).status).to.equal(200);
  });

  it('a client that sends byte by byte is served', async () => {
    const id = freshId();
    const connection = await openConnection(api.port);
    connection.socket.setNoDelay(true);
    for (const character of create(id)) {
      connection.write(character);
      await new Promise(setImmediate);
    }
    await connection.until('201 Created');
    connection.close();
  });

  it('the service survives any bytes', async () => {
    const pieces = [...HOSTILE.map(([, bytes]) => bytes.slice(0, 2000)), create('x'), '\r\n', '{', '\0', 'GET /', ': '];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.tuple(fc.constantFrom(...pieces), fc.nat(40)), { maxLength: 4 })
        .map((parts) => Buffer.from(parts.map(([text, cut]) => text.slice(cut)).join(''), 'latin1')),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const socket = net.connect(api.port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk.toString('latin1');
        });
        socket.end(sent);
        await once(socket, 'close');
        if (text !== '') expect(text).to.match(/^HTTP\/1\.1 [1-4]\d\d /);
      }),
      { numRuns: 150 },
    );
  });

  it('500 silent connections do not keep others from connecting', async () => {
    const idle = await Promise.all(Array.from({ length: 500 }, () => openConnection(api.port)));
    expect((await api.get('/v1/payments')).status).to.equal(200);
    for (const connection of idle) connection.close();
    await Promise.all(idle.map(({ ended }) => ended));
  });
});
