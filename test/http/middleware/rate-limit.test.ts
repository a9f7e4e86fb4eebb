import { expect } from 'chai';
import { rateLimit } from '../../../src/http/middleware/rate-limit.js';
import type { Problem } from '../../support/http.js';
import { serve, stopServing } from './serve.js';

describe('rateLimit', () => {
  afterEach(stopServing);

  for (const isAsync of [false, true]) {
    it(`counts in a store that responds ${isAsync ? 'later' : 'at once'}`, async () => {
      const decisions: boolean[] = [];
      let count = 0;
      // A difference of two doubles may be slightly too large.
      const hit = () => ({ count: ++count, resetMs: 2000.0000000001 });
      const store = {
        hit: () => (isAsync ? Promise.resolve(hit()) : hit()),
        size: 0,
        takeBack: () => 0,
        close: () => {},
      };
      const onDecision = (isAllowed: boolean) => void decisions.push(isAllowed);
      const limit = { max: 1, windowMs: 2000, ipv6PrefixBits: 64, store, onDecision };
      const client = await serve(
        async ({ call }, next) => {
          call.route = call.path;
          await next();
        },
        rateLimit(limit, new Set(['/probe'])),
        async (ctx) => {
          ctx.reply = { status: 204 };
        },
      );
      const allowed = await client.get('/');
      expect(allowed.status).to.equal(204);
      expect(allowed.headers).to.include({ 'ratelimit-policy': '"default";q=1;w=2', ratelimit: '"default";r=0;t=2' });
      const rejected = await client.get('/');
      expect([rejected.status, rejected.json<Problem>().code]).to.deep.equal([429, 'rate_limited']);
      expect(rejected.headers).to.include({ 'retry-after': '2', 'ratelimit-limit': '1', 'ratelimit-remaining': '0' });
      const probe = await client.get('/probe');
      expect([probe.status, probe.headers.ratelimit, decisions]).to.deep.equal([204, undefined, [true, false]]);
    });
  }
});
