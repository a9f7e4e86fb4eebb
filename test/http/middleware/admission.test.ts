import { expect } from 'chai';
import { admission } from '../../../src/http/middleware/admission.js';
import type { Problem } from '../../support/http.js';
import { serve, stopServing } from './serve.js';

describe('admission', () => {
  afterEach(stopServing);

  it('holds a request until one in flight ends, and lets probes pass', async () => {
    const waiting: (() => void)[] = [];
    let arrived: () => void = () => {};
    const client = await serve(
      async ({ call }, next) => {
        call.route = call.path;
        await next();
      },
      admission({ maxConcurrency: 1, exempt: new Set(['/probe']), onShed: () => expect.fail('nothing is shed') }),
      async (ctx) => {
        ctx.reply = { status: 200, body: ctx.call.phase };
        if (ctx.call.route === '/probe') return;
        arrived();
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
    );
    const next = () => new Promise<void>((resolve) => (arrived = resolve));
    const began = next();
    const first = client.get('/first');
    await began;
    const second = client.get('/second');
    expect((await client.get('/probe')).status).to.equal(200);
    expect(waiting).to.have.length(1);
    const secondBegan = next();
    waiting[0]?.();
    await secondBegan;
    waiting[1]?.();
    expect([(await first).status, (await second).text]).to.deep.equal([200, 'waiting']);
  });

  it('sheds with 503 a request that waited too long', async () => {
    let shed = 0;
    let release: () => void = () => {};
    const client = await serve(
      admission({ maxConcurrency: 1, exempt: new Set(), onShed: () => (shed += 1) }),
      async (ctx) => {
        ctx.reply = { status: 200 };
        await new Promise<void>((resolve) => (release = resolve));
      },
    );
    const first = client.get('/');
    const late = await client.get('/');
    expect([late.status, late.json<Problem>().code, shed]).to.deep.equal([503, 'overloaded', 1]);
    release();
    expect((await first).status).to.equal(200);
  });
});
