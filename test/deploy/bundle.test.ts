import { expect } from 'chai';
import { freshId, paymentBody } from '../support/checked-service.js';
import { startService } from '../support/service.js';

describe('the bundle', () => {
  it('needs nothing of what was left out of it, and loads no traces that nobody asked for', async () => {
    const flags = ['--compress', '--admin', '--metrics', '--cors', '--limit', '1000-M'];
    const service = await startService(flags, { NODE_DEBUG: 'module' });
    const json = { 'Content-Type': 'application/json', 'Accept-Encoding': 'br' };
    const id = freshId();
    const body = JSON.stringify(paymentBody({ id, attributes: { amount: '1.00', text: 'x'.repeat(5000) } }));
    const created = await fetch(`${service.url}/v1/payments`, { method: 'POST', headers: json, body });
    expect(created.status, await created.text()).to.equal(201);
    for (const path of [`/v1/payments/${id}`, '/v1/payments', '/health', '/metrics', '/openapi.json', '/docs']) {
      const { status } = await fetch(service.url + path, { headers: json });
      expect(status, path).to.equal(200);
    }
    const { code, stderr } = await service.stop();
    expect(code).to.equal(0);
    expect(stderr).to.match(/MODULE.*better-sqlite3/);
    expect(stderr.match(/^.*is not in the bundle.*$/m)?.[0]).to.equal(undefined);
  });
});
