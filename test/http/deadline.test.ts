import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Context } from 'koa';
import { deadline } from '../../src/http/middleware/deadline.js';
import { RequestContext } from '../../src/http/middleware/request-context.js';

/** A request of a connection that is open until the test closes it. */
function requestOn(socket: Socket, timeoutMs: number) {
  const req = new IncomingMessage(socket);
  const call = new RequestContext(req, 'client', timeoutMs);
  return { call, ctx: { call, req } as unknown as Context };
}

/** Runs a request whose handler ends when `end` is called. */
function run(middleware: ReturnType<typeof deadline>, socket: Socket, timeoutMs: number) {
  const { call, ctx } = requestOn(socket, timeoutMs);
  let end = () => {};
  const handled = new Promise<void>((resolve) => {
    end = resolve;
  });
  // The middleware's own timer does not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  const outcome = Promise.resolve(middleware(ctx, () => handled))
    .then(
      () => 'handled',
      (error: Error) => error.message,
    )
    .then((what) => ({ what, lateMs: performance.now() - call.deadline }))
    .finally(() => clearInterval(alive));
  return { call, end, outcome };
}

const TOO_LATE = 'The response was not ready in time; nothing was changed. Try again.';

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

describe('the deadline of a request', () => {
  it('ends the wait for its response, on time', async () => {
    const middleware = deadline();
    const requests: ReturnType<typeof run>[] = [];
    /** The delays of plain timers at the same times: a pause of the process may be longer than all of this takes. */
    const plainTimers: Promise<number>[] = [];
    for (let index = 0; index < 20; index += 1) {
      const dueMs = performance.now() + 60;
      requests.push(run(middleware, new Socket(), 60));
      plainTimers.push(delay(60).then(() => performance.now() - dueMs));
      await delay(3);
    }
    const outcomes = await Promise.all(requests.map(({ outcome }) => outcome));
    for (const { call } of requests) expect(call.abandoned).to.equal(true);
    for (const { what } of outcomes) expect(what).to.equal(TOO_LATE);
    for (const { lateMs } of outcomes) expect(lateMs).to.be.at.least(0);
    const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[10] ?? Number.NaN;
    const plainMs = median(await Promise.all(plainTimers));
    expect(median(outcomes.map(({ lateMs }) => lateMs))).to.be.below(100 + plainMs);
  });

  it('passes unnoticed if the response was in time', async () => {
    const middleware = deadline();
    const first = run(middleware, new Socket(), 60);
    const second = run(middleware, new Socket(), 60);
    first.end();
    expect((await first.outcome).what).to.equal('handled');
    expect((await second.outcome).what).to.equal(TOO_LATE);
    expect(first.call.abandoned).to.equal(false);
  });

  it('is its own, whatever became of earlier requests of its connection', async () => {
    const middleware = deadline();
    const socket = new Socket();
    const first = run(middleware, socket, 20);
    expect((await first.outcome).what).to.equal(TOO_LATE);
    const second = run(middleware, socket, 60);
    // The handler of the first request ends only now.
    first.end();
    expect((await second.outcome).what).to.equal(TOO_LATE);
    const third = run(middleware, socket, 60);
    third.end();
    expect((await third.outcome).what).to.equal('handled');
  });

  it('also ends requests whose clients have left', async () => {
    const middleware = deadline();
    const socket = new Socket();
    const request = run(middleware, socket, 60);
    socket.destroy();
    expect((await request.outcome).what).to.equal(TOO_LATE);
  });

  it('needs one timer for all requests, which does not keep the process alive', async () => {
    const middleware = deadline();
    const before = timers();
    let end = () => {};
    const handled = new Promise<void>((resolve) => {
      end = resolve;
    });
    const requests = Array.from({ length: 100 }, () => middleware(requestOn(new Socket(), 60_000).ctx, () => handled));
    // Unreferenced timers are not among the resources that keep the process alive.
    expect(timers()).to.equal(before);
    // Otherwise their deadlines reject in a minute, after this test.
    end();
    await Promise.all(requests);
  });
});
