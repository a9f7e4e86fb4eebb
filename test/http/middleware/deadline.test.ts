import { expect } from 'chai';
import { deadline } from '../../../src/http/middleware/deadline.js';
import { errorBoundary } from '../../../src/http/middleware/error-boundary.js';
import { BufferedRequest } from '../../../src/http/transport/buffered-request.js';
import { openConnection, type Problem } from '../../support/http.js';
import { serve, stopServing } from './serve.js';

describe('deadline', () => {
  afterEach(stopServing);

  const boundary = () => errorBoundary((_call, error) => expect.fail(String(error)));

  for (const [name, pendingWrites, code] of [
    ['nothing was written', 0, 'deadline_exceeded'],
    ['a write is on its way', 1, 'outcome_unknown'],
  ] as const) {
    it(`ends the wait of a request that timed out: ${name}`, async () => {
      const seen: boolean[] = [];
      const client = await serve(
        boundary(),
        async (ctx, next) => {
          Object.assign(ctx.call, { deadline: performance.now() });
          await next();
        },
        deadline(),
        async ({ call }) => {
          call.phase = 'handling';
          call.pendingWrites = pendingWrites;
          while (!call.abandoned) await new Promise(setImmediate);
          seen.push(call.abandoned);
        },
      );
      const response = await client.get('/');
      expect([response.status, response.json<Problem>().code]).to.deep.equal([503, code]);
      while (seen.length === 0) await new Promise(setImmediate);
    });
  }

  it('first receives what arrived during a pause of the process', async () => {
    let deadlineMs = 0;
    const client = await serve(
      boundary(),
      async ({ call }, next) => {
        deadlineMs = performance.now() + 50;
        Object.assign(call, { deadline: deadlineMs });
        await next();
      },
      deadline(),
      async (ctx) => {
        ctx.call.phase = 'receiving';
        if (!(ctx.req instanceof BufferedRequest)) throw new TypeError('not the request of this server');
        ctx.reply = { status: 200, body: String(await ctx.req.collect(100)) };
      },
    );
    const connection = await openConnection(client.port);
    connection.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab');
    while (deadlineMs === 0) await new Promise(setImmediate);
    connection.write('cd');
    while (performance.now() < deadlineMs + 10);
    await connection.ended;
    expect(connection.text()).to.match(/^HTTP\/1.1 200 .*abcd$/s);
  });

  it('passes on what comes in time, including errors', async () => {
    const client = await serve(boundary(), deadline(), async (ctx) => {
      if (ctx.call.path === '/error') ctx.throw(418, 'a teapot');
      ctx.reply = { status: 200, body: 'in time' };
    });
    expect((await client.get('/')).text).to.equal('in time');
    expect((await client.get('/error')).status).to.equal(418);
  });
});
