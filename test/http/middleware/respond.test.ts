import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Middleware } from 'koa';
import { JsonPieces } from '../../../src/contract/json/json-text.js';
import { Application } from '../../../src/http/application.js';
import { compression } from '../../../src/http/middleware/compression.js';
import { consistency } from '../../../src/http/middleware/consistency.js';
import { requestContext } from '../../../src/http/middleware/request-context.js';
import { ENGINE_PROBLEMS, ProblemFormat } from '../../../src/http/problems.js';
import { respond } from '../../../src/http/respond.js';
import { createHttpServer } from '../../../src/http/transport/server.js';
import { createClient, type Reply } from '../../support/http.js';
import { serve, stopServing } from './serve.js';

const FIRST = 'x'.repeat(100_000);
const stray = new Error('the rest cannot be made');

async function* brokenText(): AsyncGenerator<string> {
  yield FIRST;
  throw stray;
}

const brokenPieces = () =>
  new JsonPieces([
    { bytes: FIRST.length, make: async () => [FIRST] },
    { bytes: 1, make: () => Promise.reject(stray) },
  ]);

describe('respond', () => {
  afterEach(stopServing);

  const replying =
    (body: () => Readable | JsonPieces): Middleware =>
    async (ctx) => {
      ctx.reply = { status: 200, body: body() };
    };

  for (const [name, middleware] of [
    ['a reply in pieces', [replying(brokenPieces)]],
    ['a reply that is a stream', [replying(() => Readable.from(brokenText()))]],
    [
      "Koa's body",
      [
        async (ctx) => {
          ctx.body = Readable.from(brokenText());
        },
      ],
    ],
  ] as [string, Middleware[]][]) {
    it(`resets the connection if the rest of ${name} cannot be made, and reports why`, async () => {
      const { outcome, failures } = await failing(...middleware);
      expect([outcome, failures]).to.deep.equal(['ECONNRESET', [stray]]);
    });
  }

  it('resets the connection if the rest of a compressed reply cannot be made', async () => {
    // Enough that the client has received a part.
    const pieces = () => {
      const piece = { bytes: FIRST.length, make: async () => [randomBytes(FIRST.length).toString('hex')] };
      return new JsonPieces([...Array(20).fill(piece), { bytes: 1, make: () => Promise.reject(stray) }]);
    };
    const { outcome, failures } = await failing(compression(), replying(pieces));
    expect([outcome, failures]).to.deep.equal(['ECONNRESET', [stray]]);
  });

  it('returns an uncompressed 500 if a compressed reply cannot be made and nothing was sent', async () => {
    const { outcome, failures } = await failing(compression(), replying(brokenPieces));
    expect(failures).to.deep.equal([stray]);
    expect(outcome).to.include({ status: 500 });
    expect((outcome as Reply).json()).to.include({ code: 'internal_error' });
    expect((outcome as Reply).headers).to.not.have.property('content-encoding');
  });

  async function failing(...middleware: readonly Middleware[]) {
    const failures: unknown[] = [];
    const app = new Application(new ProblemFormat('test', ENGINE_PROBLEMS));
    app.use(requestContext({ timeoutMs: 60_000, trustProxy: false }));
    app.use(respond((_call, error) => failures.push(error)));
    for (const one of middleware) app.use(one);
    const server = createHttpServer({ handler: app.callback(), requestTimeoutMs: 60_000 });
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
    const client = createClient(port);
    const outcome: unknown = await client.get('/', { 'accept-encoding': 'gzip' }).catch(({ code }) => code);
    client.close();
    expect(await server.drain({ graceMs: 0, deadlineMs: 1_000 })).to.equal('clean');
    return { outcome, failures };
  }

  it('sends a reply with a token of consistency as it is, without making it a body of Koa', async () => {
    let isReply = false;
    const client = await serve(
      async (ctx, next) => {
        await next();
        isReply = ctx.reply !== null;
      },
      consistency(),
      async (ctx) => {
        if (ctx.call.consistency) ctx.call.consistency.token = '1-1';
        ctx.reply = { status: 200, body: '{}' };
      },
    );
    const { headers, text } = await client.get('/');
    expect([headers['consistency-token'], text, isReply]).to.deep.equal(['1-1', '{}', true]);
  });
});
