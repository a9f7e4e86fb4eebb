import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { folderDifferences } from '../../scripts/generate/folder.js';
import { generate } from '../../scripts/generator.js';
import type { ServedApp } from '../support/app.js';
import { paymentBody } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';
import { REFUNDS_FOLDER, serveRefunds } from '../support/refunds.js';

interface RefundPage {
  readonly data: readonly { readonly id: string; readonly payment_id: string; readonly amount: string }[];
  readonly links: { readonly self: string; readonly next: string };
}

const codeOf = (reply: Reply) => [reply.status, reply.json<Problem>().code];
const pathOf = (url: string) => url.slice(new URL(url).origin.length);
const refund = (id: string, amount = '10.03', payment_id = 'p') => ({ data: { id, payment_id, amount } });

describe('refunds: a second resource with its own contract', () => {
  it('are generated from it', async () => {
    const wanted = await generate({ contractFile: join(REFUNDS_FOLDER, 'openapi.yml') });
    expect(await folderDifferences(join(REFUNDS_FOLDER, 'generated'), wanted)).to.deep.equal([]);
  });

  for (const repo of ['sqlite3', 'postgres']) {
    describe(`on ${repo}`, () => {
      let folder: string;
      let collector: Server;
      let spans: string;
      let app: ServedApp;

      before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'refunds-http-'));
        spans = '';
        collector = createServer(async (request, response) => {
          for await (const chunk of request) spans += chunk;
          response.setHeader('Content-Type', 'application/json').end('{}');
        }).listen(0, '127.0.0.1');
        await once(collector, 'listening');
        const { port } = collector.address() as AddressInfo;
        const uri = repo === 'sqlite3' ? join(folder, 'db') : await (await sharedPostgres()).createDatabase();
        Object.assign(process.env, {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
          OTEL_BSP_SCHEDULE_DELAY: '100',
        });
        app = await serveRefunds(['--repo', repo, '--repo-uri', uri, '--admin'], { otel: 'http/json' });
        const payment = paymentBody({ id: 'p', attributes: { amount: '100.30' } });
        expect((await app.client.post('/v1/payments', payment)).status).to.equal(201);
      });
      after(async () => {
        // The last spans of a service that stops are lost if the collector takes longer than a second.
        for (const name of ['POST /v1/refunds', 'refunds.create', 'payments.create']) {
          while (!spans.includes(name)) await delay(20);
        }
        await app.close();
        delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
        delete process.env.OTEL_BSP_SCHEDULE_DELAY;
        collector.close();
        rmSync(folder, { recursive: true });
        expect(app.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
      });

      it('are validated by their own contract', async () => {
        const { client } = app;
        const bad = await client.post('/v1/refunds', { data: { id: ' ', amount: '0.00', more: 1 } });
        expect(codeOf(bad)).to.deep.equal([400, 'validation_failed']);
        expect(bad.json<Problem>().errors?.map(({ pointer }) => pointer)).to.have.members([
          ...['/data/id', '/data/payment_id', '/data/amount', '/data/more'],
        ]);
        expect(codeOf(await client.get('/v1/refunds?size=101&after=x'))).to.deep.equal([400, 'validation_failed']);
        expect(codeOf(await client.send('DELETE', '/v1/refunds/r'))).to.deep.equal([405, 'method_not_allowed']);
        expect(codeOf(await client.get('/v1/refunds/none'))).to.deep.equal([404, 'refund_not_found']);
        const missing = await client.post('/v1/refunds', refund('r', '1', 'nobody'));
        expect(codeOf(missing)).to.deep.equal([409, 'refund_without_payment']);
      });

      it('together never exceed the amount, however many are created at once', async () => {
        const { client } = app;
        const ids = Array.from({ length: 40 }, (_, index) => `r/${index}`);
        const replies = await Promise.all(ids.map((id) => client.post('/v1/refunds', refund(id))));
        const created = replies.filter(({ status }) => status === 201);
        expect(created).to.have.length(10);
        for (const reply of replies) {
          if (reply.status !== 201) expect(codeOf(reply)).to.deep.equal([409, 'amount_exceeded']);
        }
        const [first] = created;
        const { data } = first?.json<{ data: RefundPage['data'][number] }>() ?? expect.fail();
        const location = pathOf(String(first?.headers.location));
        expect(location).to.equal(`/v1/refunds/${encodeURIComponent(data.id)}`);
        expect((await client.get(location)).text).to.equal(first?.text);
        expect(codeOf(await client.post('/v1/refunds', refund(data.id)))).to.deep.equal([409, 'refund_exists']);
      });

      it('are listed by payment, page by page, to the end', async () => {
        const { client } = app;
        await client.post('/v1/payments', paymentBody({ id: 'other', attributes: { amount: '1' } }));
        const key = { 'Idempotency-Key': 'once' };
        const created = await client.post('/v1/refunds', refund('o', '1', 'other'), key);
        const again = await client.post('/v1/refunds', refund('o', '1', 'other'), key);
        expect([created.status, again.status, again.headers['idempotent-replayed']]).to.deep.equal([201, 201, 'true']);
        expect(again.text).to.equal(created.text);
        expect(codeOf(await client.post('/v1/refunds', refund('o2', '1', 'other'), key))).to.deep.equal([
          ...[422, 'idempotency_key_reused'],
        ]);
        const seen: string[] = [];
        let next = '/v1/refunds?payment_id=p&size=4';
        for (;;) {
          const { data, links } = (await client.get(next)).json<RefundPage>();
          if (data.length === 0) break;
          expect(data.every(({ payment_id }) => payment_id === 'p')).to.equal(true);
          seen.push(...data.map(({ id }) => id));
          next = pathOf(links.next);
        }
        expect(new Set(seen).size).to.equal(10);
        expect(seen).to.have.length(10);
      });

      it('have their route in log and metrics, and their calls of the store', async () => {
        await app.client.get('/v1/refunds/none', { 'X-Request-Id': 'logged' });
        const line = await app.logged(({ request_id }) => request_id === 'logged');
        expect(line).to.include({ route: '/v1/refunds/{id}', status: 404, error_code: 'refund_not_found' });
        const text = await app.metrics.text();
        expect(text).to.contain('route="/v1/refunds/{id}"').and.contain('operation="refunds.find"');
      });

      it('are counted and deleted with everything else', async () => {
        expect((await app.client.get('/admin/repo')).json()).to.deep.equal({ count: 13 });
        expect((await app.client.delete('/admin/repo')).status).to.equal(204);
        expect((await app.client.get('/admin/repo')).json()).to.deep.equal({ count: 0 });
      });
    });
  }
});
