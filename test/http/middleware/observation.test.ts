import { expect } from 'chai';
import { observation } from '../../../src/http/middleware/observation.js';
import type { RequestFacts } from '../../../src/observe/facts.js';
import { serve, stopServing } from './serve.js';

const TRACE = { traceId: 'a'.repeat(32), parentId: 'b'.repeat(16), sampled: true };

describe('observation', () => {
  afterEach(stopServing);

  it('reports a request when it arrives and when it ends, even if a middleware fails', async () => {
    const told: [string, unknown][] = [];
    const observers = {
      metrics: {
        inFlight: (change: number) => void told.push(['in flight', change]),
        finished: ({ path }: RequestFacts) => void told.push(['finished', path]),
      },
      accessLog: ({ path, durationMs }: RequestFacts) => void told.push(['line', `${path} ${durationMs > 0}`]),
      tracing: {
        startRequest({ path }: RequestFacts) {
          told.push(['span', path]);
          return TRACE;
        },
        endRequest: ({ path }: RequestFacts) => void told.push(['span ends', path]),
      },
    };
    const client = await serve(observation(observers), async (ctx) => {
      told.push(['trace', ctx.call.trace]);
      if (ctx.path === '/error') throw new Error('failed');
      ctx.reply = { status: 204 };
    });
    await client.get('/fine?secret=1');
    await client.get('/error').catch(() => {});
    const expected = (path: string) => [
      ...[
        ['in flight', 1],
        ['span', path],
        ['trace', TRACE],
        ['in flight', -1],
        ['finished', path],
      ],
      ...[
        ['line', `${path} true`],
        ['span ends', path],
      ],
    ];
    expect(told).to.deep.equal([...expected('/fine'), ...expected('/error')]);
  });
});
