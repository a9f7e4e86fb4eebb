import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, unknown>>;
}

const contract: Document = parse(await readFile(new URL('../../api/openapi.yml', import.meta.url), 'utf8'));

describe('effects of the configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'payments-port-'));
  const started: CheckedService[] = [];
  const start = async (...flags: string[]) => {
    const api = await startChecked(flags);
    started.push(api);
    return api;
  };
  afterEach(async () => {
    for (const api of started.splice(0)) await api.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('by default: the unchanged contract under /v1; admin, metrics and profiling are 404', async () => {
    const api = await start();
    const json = await api.get('/openapi.json');
    const yaml = await api.get('/openapi.yml');
    expect(json.headers['content-type']).to.equal('application/json');
    expect(yaml.headers['content-type']).to.equal('application/yaml');
    expect(json.json()).to.deep.equal(contract);
    expect(parse(yaml.text)).to.deep.equal(contract);
    for (const [method, path] of [
      ['GET', '/admin/repo'],
      ['HEAD', '/admin/repo'],
      ['DELETE', '/admin/repo'],
      ['GET', '/metrics'],
    ] as const) {
      const reply = await api.send(method, path);
      expect(reply.status, path).to.equal(404);
      if (method !== 'HEAD') expect(reply.json()).to.include({ code: 'endpoint_disabled' });
    }
    for (const path of ['/profiling', '/profiling/', '/profiling/cpu?seconds=1', '/profiling/heap']) {
      expect((await api.get(path)).status, path).to.equal(404);
    }
  });

  for (const workers of ['1', '2']) {
    it(`--listen with port 0: links of ${workers} workers have the chosen port`, async () => {
      const listen = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--metrics'];
      const api = await start(...listen, '--workers', workers, '--repo-uri', join(folder, `${workers}.db`));
      const id = freshId();
      const created = await api.post('/v1/payments', paymentBody({ id }));
      expect(created.headers.location).to.equal(`${api.service.url}/v1/payments/${id}`);
      expect((await api.get('/openapi.json')).json<Document>().servers).to.deep.equal([{ url: api.service.url }]);
      const { admin_address } = await api.service.logged(({ message }) => message === 'listening');
      expect((await fetch(`${admin_address}/metrics`)).status).to.equal(200);
    });
  }

  it('--api-version and --external-url: paths, links and the served contract', async () => {
    const url = 'https://pay.example/base';
    const api = await start('--api-version', 'v7', '--external-url', url);
    const id = freshId();
    const created = await api.post('/v7/payments', paymentBody({ id }));
    const self = `${url}/v7/payments/${id}`;
    expect(created.headers.location).to.equal(self);
    expect(created.json()).to.have.deep.property('links', { self });
    const list = (await api.get('/v7/payments?from=0&size=1')).json<{ links: Record<string, string> }>();
    expect(list.links).to.deep.equal({
      self: `${url}/v7/payments?from=0&size=1`,
      next: `${url}/v7/payments?from=1&size=1`,
    });
    expect((await api.get('/v1/payments')).status).to.equal(404);
    expect((await api.get('/health')).status).to.equal(200);

    const paths = Object.fromEntries(
      Object.entries(contract.paths).map(([path, item]) => [path.replace(/^\/v1\//, '/v7/'), item]),
    );
    const served = JSON.parse(
      JSON.stringify({ ...contract, servers: [{ url }], paths }).replaceAll('http://localhost:8080/v1/', `${url}/v7/`),
    );
    const json = await api.get('/openapi.json');
    expect(json.json()).to.deep.equal(served);
    const yaml = (await api.get('/openapi.yml')).text;
    for (const version of ['1.1', '1.2'] as const) expect(parse(yaml, { version })).to.deep.equal(served);
    expect(json.text, 'no example leads elsewhere').to.not.match(/localhost|\/v1\//);
    expect(json.text).to.contain(`${url}/v7/payments?`);
    expect(Object.keys(paths)).to.include.members([
      '/v7/payments',
      '/v7/payments/{id}',
      '/health',
      '/metrics',
      '/admin/repo',
    ]);
  });

  it('--external-url with a trailing slash makes the same links', async () => {
    const api = await start('--external-url', 'https://pay.example/');
    const list = (await api.get('/v1/payments')).json<{ links: Record<string, string> }>();
    expect(list.links.self).to.equal('https://pay.example/v1/payments');
  });

  describe('--metrics', () => {
    /** Lines of a metric, without comments. */
    const samples = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`));

    it('counts requests by method, route and status, and shows the process', async () => {
      const api = await start('--metrics');
      const id = freshId();
      await api.post('/v1/payments', paymentBody({ id }));
      await api.get(`/v1/payments/${id}`);
      await api.get(`/v1/payments/${id}`);
      await api.get('/v1/payments/none');
      const reply = await api.get('/metrics');
      expect(reply.headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
      const counts = samples(reply.text, 'http_request_duration_seconds_count').filter((line) => line.includes('/v1/'));
      expect(counts).to.have.length(3);
      for (const [labels, count] of [
        [['method="POST"', 'route="/v1/payments"', 'status="201"'], 1],
        [['method="GET"', 'route="/v1/payments/{id}"', 'status="200"'], 2],
        [['method="GET"', 'route="/v1/payments/{id}"', 'status="404"'], 1],
      ] as const) {
        const found = counts.filter((line) => labels.every((label) => line.includes(label)));
        expect(found, labels.join()).to.have.length(1);
        expect(found[0]).to.match(new RegExp(` ${count}$`));
      }
      for (const name of [
        'process_cpu_user_seconds_total',
        'nodejs_eventloop_lag_seconds',
        'process_resident_memory_bytes',
      ]) {
        expect(reply.text, name).to.match(new RegExp(`^${name}`, 'm'));
      }
      expect(reply.text).to.not.contain(id);
    });

    it('has one set of series for all unknown paths, methods and ids, however many there are', async () => {
      const api = await start('--metrics');
      const routes = async () => {
        const { text } = await api.get('/metrics');
        return new Set(
          samples(text, 'http_request_duration_seconds_count').map((line) => /route="([^"]*)"/.exec(line)?.[1]),
        );
      };
      await api.get('/metrics');
      await api.get('/v1/payments/first');
      const before = await routes();
      let next = 0;
      const sender = async () => {
        while (next < 10_000) {
          const at = next++;
          await api.get(at % 2 ? `/random/${at}/${Math.random()}` : `/v1/payments/${at}`);
        }
      };
      await Promise.all(Array.from({ length: 32 }, sender));
      const after = await routes();
      expect(after.size - before.size).to.be.at.most(1);
      const { text } = await api.get('/metrics');
      expect(samples(text, 'http_request_duration_seconds_count').length).to.be.at.most(6);
      expect(text.length).to.be.lessThan(100_000);
      expect(text).to.not.contain('random');
    });
  });
});
