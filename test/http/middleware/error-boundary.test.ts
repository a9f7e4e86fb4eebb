import { expect } from 'chai';
import { errorBoundary } from '../../../src/http/middleware/error-boundary.js';
import { ClientGoneError, ProblemError, problem } from '../../../src/http/problems.js';
import { StoreError } from '../../../src/store/types.js';
import type { Problem } from '../../support/http.js';
import { serve, stopServing } from './serve.js';

describe('errorBoundary', () => {
  const unforeseen: unknown[] = [];
  beforeEach(() => {
    unforeseen.length = 0;
  });
  afterEach(stopServing);

  const throwing = (error: unknown) =>
    serve(
      errorBoundary((_call, failure) => unforeseen.push(failure)),
      async (ctx) => {
        ctx.set({ ETag: '"1"', 'X-Other': 'stays' });
        throw error;
      },
    );

  const stray = new Error('the secret reason');
  for (const [name, error, status, code] of [
    ['a problem', new ProblemError(problem('overloaded', 'later')), 503, 'overloaded'],
    ['a failure of the store', new StoreError('unavailable', 'connection refused'), 503, 'repository_unavailable'],
    ['an unknown error', stray, 500, 'internal_error'],
  ] as const) {
    it(`returns a problem for ${name}`, async () => {
      const client = await throwing(error);
      const reply = await client.get('/');
      expect([reply.status, reply.json<Problem>().code]).to.deep.equal([status, code]);
      expect(reply.headers)
        .to.include({ 'x-other': 'stays', 'cache-control': 'no-store' })
        .and.not.have.property('etag');
      expect(reply.text).not.to.match(/secret|refused/);
      expect(unforeseen).to.deep.equal(error === stray ? [stray] : []);
    });
  }

  for (const [error, status, code] of [
    [new StoreError('unavailable', 'connection refused'), 503, 'outcome_unknown'],
    [stray, 500, 'internal_error'],
  ] as const) {
    it(`says after a ${error.name} that an earlier write of the request may have happened`, async () => {
      const client = await serve(
        errorBoundary((_call, failure) => unforeseen.push(failure)),
        async ({ call }) => {
          call.pendingWrites += 1;
          throw error;
        },
      );
      const reply = await client.get('/');
      expect([reply.status, reply.json<Problem>().code]).to.deep.equal([status, code]);
      expect(reply.json<Problem>().detail).to.match(/may (or may not )?have happened/);
      expect(unforeseen).to.deep.equal(error === stray ? [stray] : []);
    });
  }

  it('ends the connection of a client that disconnected', async () => {
    const client = await throwing(new ClientGoneError());
    expect(await client.get('/').catch((error: Error) => error)).to.be.instanceOf(Error);
  });

  it('returns a problem for a status without a body, and for a request without a response', async () => {
    const client = await serve(
      errorBoundary(() => {}),
      async (ctx) => {
        if (ctx.path === '/teapot') ctx.status = 418;
      },
    );
    expect((await client.get('/teapot')).json()).to.include({ status: 418, code: 'i_m_a_teapot' });
    expect((await client.get('/')).json()).to.include({ status: 404, code: 'route_not_found' });
  });
});
