import { expect } from 'chai';
import { serve, stopServing } from './serve.js';

describe('requestContext', () => {
  afterEach(stopServing);

  const show = () =>
    serve(async (ctx) => {
      const { method, path, queryText, requestId, client, startedAt, deadline, userAgent } = ctx.call;
      ctx.reply = {
        status: 200,
        body: { method, path, queryText, requestId, client, timeoutMs: Math.round(deadline - startedAt), userAgent },
      };
    });

  it('has method, path, query, client, deadline and the id of the request', async () => {
    const client = await show();
    const sent = { 'X-Request-Id': 'my-id', 'User-Agent': 'test' };
    const { headers, ...response } = await client.send('GET', '/a%2Fb?c=%20&d', { headers: sent });
    expect(response.json()).to.deep.equal({
      ...{ method: 'GET', path: '/a%2Fb', queryText: 'c=%20&d', requestId: 'my-id', client: '127.0.0.1' },
      ...{ timeoutMs: 60_000, userAgent: 'test' },
    });
    expect(headers['x-request-id']).to.equal('my-id');
  });

  it('replaces ids that are not tokens (RFC 9110, section 5.6.2)', async () => {
    const client = await show();
    for (const id of ['', 'a b', 'é', 'x'.repeat(129), '"quoted"', 'a/b', 'a,b']) {
      const response = await client.get('/', { 'X-Request-Id': id });
      expect(response.headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/);
      expect(response.json()).to.have.property('requestId', response.headers['x-request-id']);
    }
  });
});
