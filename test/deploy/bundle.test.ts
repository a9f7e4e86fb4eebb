import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../docs/markdown.js';
import { freshId, paymentBody } from '../support/checked-service.js';
import { startService } from '../support/service.js';

const FOLDER = join(ROOT, 'dist', 'deferred');

describe('the bundle', () => {
  it('loads nothing of what is put off, neither at the start nor for requests', async () => {
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
    expect(stderr.match(/^.*(\bdeferred\b|@opentelemetry).*$/m)?.[0]).to.equal(undefined);
  });

  it('has what is put off, each loadable by itself', () => {
    const requireIt = createRequire(join(FOLDER, 'x.cjs'));
    const files = readdirSync(FOLDER);
    expect(files).to.include('ajv-dist-ajv.cjs');
    for (const file of files) {
      const loaded = requireIt(`./${file}`);
      expect(typeof loaded === 'function' || Object.keys(loaded).length > 0, file).to.equal(true);
    }
  });
});
