import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Context } from 'koa';
import { type ContractApi, createContractApi } from '../../../src/contract/dispatch.js';
import type { AnyRequest, CompiledContract } from '../../../src/contract/types.js';
import { authentication, guardPages } from '../../../src/http/middleware/authentication.js';
import { body, unpacking } from '../../../src/http/middleware/body.js';
import { contract } from '../../../src/http/middleware/contract.js';
import { errorBoundary } from '../../../src/http/middleware/error-boundary.js';
import { routing } from '../../../src/http/middleware/routing.js';
import { contractOf, echo, RESPONSES, Workshop } from '../../contract/kit.js';
import type { Problem } from '../../support/http.js';
import { serve, serveWith, stopServing } from './serve.js';

const MIB = 1024 * 1024;
const TEXT_BODY = { required: true, content: { 'text/plain': { schema: { type: 'string', maxLength: 10 } } } };
const boundary = () => errorBoundary((_call, error) => expect.fail(String(error)));

describe('the middleware of the contract', () => {
  const workshop = new Workshop();
  let api: ContractApi;

  before(async () => {
    const document = contractOf(
      {
        '/things/{id}': {
          get: echo({
            operationId: 'getThing',
            parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          }),
        },
        '/secret': {
          put: echo({
            operationId: 'putSecret',
            security: [{ token: [] }],
            requestBody: TEXT_BODY,
            responses: {
              ...RESPONSES,
              401: {
                description: 'Who are you?',
                headers: { 'WWW-Authenticate': { required: true, schema: { type: 'string' } } },
                content: { 'application/json': {} },
              },
            },
          }),
        },
      },
      { components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } },
    );
    const generated = await workshop.generate(document);
    if (!('get' in generated)) throw new Error(JSON.stringify(generated));
    const loaded: CompiledContract<ContractApi['definition']> = await workshop.load(generated);
    const see = async ({ path, body: content, principals }: AnyRequest) => ({
      status: 200,
      body: { path, content, principals },
    });
    api = createContractApi({
      contract: loaded,
      handlers: { getThing: see, putSecret: see },
      authenticators: { token: (token) => (token === 'open' ? { principal: 'me' } : 'unauthenticated') },
    });
  });
  after(() => workshop.remove());
  afterEach(stopServing);

  it('routing names the operation, the path alone where the method is unknown, and nothing else', async () => {
    const client = await serve(routing([api]), async (ctx: Context) => {
      const { found } = ctx;
      const operationId = found?.match.operation?.operationId ?? null;
      ctx.reply = { status: 200, body: { route: ctx.call.route, operationId, found: found !== null } };
    });
    const operation = { route: '/things/{id}', operationId: 'getThing', found: true };
    expect((await client.get('/things/a')).json()).to.deep.equal(operation);
    const path = { route: '/things/{id}', operationId: null, found: true };
    expect((await client.delete('/things/a')).json()).to.deep.equal(path);
    const nothing = { route: 'unmatched', operationId: null, found: false };
    expect((await client.get('/other')).json()).to.deep.equal(nothing);
  });

  it('authentication accepts permitted requests, and leaves everything else alone', async () => {
    const client = await serve(boundary(), routing([api]), authentication(), async (ctx) => {
      ctx.reply = { status: 200, body: ctx.principals };
    });
    const rejected = await client.put('/secret', 'text');
    expect([rejected.status, rejected.json<Problem>().code]).to.deep.equal([401, 'unauthorized']);
    expect(rejected.headers['www-authenticate']).to.equal('Bearer');
    const admitted = await client.put('/secret', 'text', { Authorization: 'Bearer open' });
    expect(admitted.json()).to.deep.equal({ token: 'me' });
    for (const path of ['/things/a', '/other']) expect((await client.get(path)).json()).to.deep.equal({});
  });

  it('guardPages does the same for pages', async () => {
    const guard = guardPages(['/pages'], (token) => (token === 'open' ? { principal: 'me' } : 'unauthenticated'));
    const client = await serve(boundary(), routing([api]), guard, async (ctx) => {
      ctx.reply = { status: 204 };
    });
    const paths = ['/pages', '/pages/one', '/other', '/things/a'];
    const statuses = async (headers: Record<string, string>) =>
      (await Promise.all(paths.map((path) => client.get(path, headers)))).map(({ status }) => status);
    expect(await statuses({})).to.deep.equal([401, 401, 204, 204]);
    expect(await statuses({ Authorization: 'Bearer open' })).to.deep.equal([204, 204, 204, 204]);
  });

  it('body receives what the operation accepts, decompressed, and no more than the limit', async () => {
    const client = await serve(boundary(), routing([api]), body(10), unpacking(10), async (ctx) => {
      ctx.reply = { status: 200, body: String(ctx.content?.bytes) };
    });
    const put = (content: string | Buffer, headers = {}) =>
      client.send('PUT', '/secret', { body: content, headers: { 'Content-Type': 'text/plain', ...headers } });
    expect((await put('0123456789')).text).to.equal('0123456789');
    expect((await put(gzipSync('packed'), { 'Content-Encoding': 'gzip' })).text).to.equal('packed');
    expect((await put('0123456789a')).status).to.equal(413);
    expect((await put(gzipSync('0123456789a'), { 'Content-Encoding': 'gzip' })).status).to.equal(413);
    expect((await put('{}', { 'Content-Type': 'application/json' })).status).to.equal(415);
    expect((await client.get('/things/a')).text).to.equal('undefined');
  });

  for (const [what, pack, headers] of [
    ['plain', Buffer.from, ''],
    ['compressed', gzipSync, 'Content-Encoding: gzip\r\n'],
  ] as const) {
    it(`${what} bodies count until the work on them is done, even if their clients have disconnected`, async () => {
      const large = Buffer.alloc(MIB, 'x');
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const sockets: net.Socket[] = [];
      let begun = 0;
      let left = 0;
      const client = await serveWith(
        { limits: { bodyBytes: 2.5 * MIB } },
        boundary(),
        routing([api]),
        body(MIB),
        unpacking(MIB),
        async (ctx) => {
          if (ctx.get('X-Leaves') !== '') {
            begun += 1;
            await new Promise((resolve) => ctx.req.socket.once('close', resolve));
            left += 1;
            await finished;
          }
          ctx.reply = { status: 200 };
        },
      );
      const put = (content: Buffer | string) =>
        client.send('PUT', '/secret', { body: content, headers: { 'Content-Type': 'text/plain' } });
      const packed = pack(large);
      for (let at = 0; at < 2; at += 1) {
        const socket = net.connect(client.port, '127.0.0.1').on('error', () => {});
        const head = `PUT /secret HTTP/1.1\r\nHost: a\r\nX-Leaves: 1\r\nContent-Type: text/plain\r\n${headers}`;
        socket.write(`${head}Content-Length: ${packed.length}\r\n\r\n`);
        socket.write(packed);
        sockets.push(socket);
      }
      while (begun < 2) await client.get('/other');
      for (const socket of sockets) socket.resetAndDestroy();
      while (left < 2) await client.get('/other');
      const rejected = await put(large);
      // A check of what is being received may come before the body is complete.
      expect(['503 overloaded', '408 request_timeout']).to.include(
        `${rejected.status} ${rejected.json<Problem>().code}`,
      );
      expect((await put('small')).status).to.equal(200);
      finish();
      expect((await put(large)).status).to.equal(200);
    });
  }

  it('contract lets the handler respond, and leaves the rest to the middleware after it', async () => {
    const client = await serve(boundary(), routing([api]), authentication(), body(100), contract(), async (ctx) => {
      ctx.reply = { status: 404, body: 'not of the contract' };
    });
    expect((await client.get('/things/a%20b')).json()).to.deep.equal({ path: { id: 'a b' }, principals: {} });
    const wrong = await client.delete('/things/a');
    expect([wrong.status, wrong.headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    expect((await client.get('/other')).text).to.equal('not of the contract');
  });
});
