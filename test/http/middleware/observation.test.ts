import { expect } from 'chai';
import { observation } from '../../../src/http/middleware/observation.js';
import type { RequestFacts } from '../../../src/observe/facts.js';
import { serve, stopServing } from './serve.js';

const TRACE = { traceId: 'a'.repeat(32), parentId: 'b'.repeat(16), sampled: true };

describe('observation', () => {
  afterEach(stopServing);

  it('tells of a request when it arrives and when it ends, also where a middleware fails', async () => {
    const told: [string, unknown][] = [];
    const observer = {
      begin({ path }: RequestFacts) {
        told.push(['begin', path]);
        return TRACE;
      },
      end: ({ path, durationMs }: RequestFacts) => void told.push(['end', `${path} ${durationMs > 0}`]),
      observe: () => expect.fail('it was not rejected below HTTP'),
    };
    const client = await serve(observation(observer), async (ctx) => {
      told.push(['trace', ctx.call.trace]);
      if (ctx.path === '/error') throw new Error('failed');
      ctx.reply = { status: 204 };
    });
    await client.get('/fine?secret=1');
    await client.get('/error').catch(() => {});
    const trace = ['trace', TRACE];
    expect(told).to.deep.equal([
      ...[['begin', '/fine'], trace, ['end', '/fine true']],
      ...[['begin', '/error'], trace, ['end', '/error true']],
    ]);
  });
});
