import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import { type CheckedService, paymentBody, startChecked } from '../support/checked-service.js';
import { type Reply, talk } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';

const COUNT = 12;
/** Two UTF-16 code units each, so that a slice may end within one. */
const LETTERS = 100_000;
const FILTERED = '/v1/payments?organisation_id=large';
const referenceOf = (at: number) => `${'ł'.repeat(at)}${'😀'.repeat(LETTERS)}`;

interface List {
  readonly data: readonly { readonly id: string; readonly attributes: { readonly reference?: string } }[];
  readonly links: { readonly next: string; readonly prev?: string };
}

for (const repo of ['sqlite3', 'postgres']) {
  describe(`pages of several megabytes, on ${repo}`, () => {
    let api: CheckedService;
    before(async () => {
      const where = repo === 'sqlite3' ? [] : ['--repo-uri', await (await sharedPostgres()).createDatabase()];
      api = await startChecked(['--repo', repo, ...where]);
      for (let at = 0; at < COUNT; at += 1) {
        const attributes = { amount: '1.00', reference: referenceOf(at) };
        const body = paymentBody({ id: `large-${at}`, organisation_id: 'large', attributes });
        expect((await api.post('/v1/payments', body)).status).to.equal(201);
        expect((await api.post('/v1/payments', paymentBody({ id: `small-${at}` }))).status).to.equal(201);
      }
    });
    after(() => api.stop());

    const pathOf = (url: string) => url.slice(new URL(url).origin.length);
    const listOf = (reply: Reply) => {
      expect(reply.status).to.equal(200);
      return reply.json<List & Record<string, unknown>>();
    };
    function expectLarge({ data }: List, from: number, to: number): void {
      expect(data.map(({ id }) => id)).to.deep.equal(
        Array.from({ length: to - from }, (_, index) => `large-${from + index}`),
      );
      data.forEach(({ attributes }, index) => {
        expect(attributes.reference === referenceOf(from + index), `large-${from + index}`).to.equal(true);
      });
    }

    it('are complete, however they are requested', async () => {
      // The first round makes the service read fewer rows at once.
      for (let round = 0; round < 2; round += 1) {
        const first = listOf(await api.get(FILTERED));
        expectLarge(first, 0, COUNT);
        expect(first.links.prev).to.equal(undefined);
        expectLarge(listOf(await api.get(`${FILTERED}&from=2&size=9`)), 2, 11);
        expect(listOf(await api.get('/v1/payments')).data).to.have.length(20);
      }
      const begun = listOf(await api.get(`${FILTERED}&size=7`));
      expectLarge(begun, 0, 7);
      const rest = listOf(await api.get(pathOf(begun.links.next)));
      expectLarge(rest, 7, COUNT);
      const back = listOf(await api.get(pathOf(rest.links.prev ?? '')));
      expectLarge(back, 0, 7);
      expect(back.links.prev).to.equal(undefined);
      const tail = listOf(await api.get(pathOf(listOf(await api.get(`${FILTERED}&size=9`)).links.next)));
      expectLarge(tail, 9, COUNT);
      const all = Array.from({ length: 20 }, () => api.get(FILTERED));
      for (const reply of await Promise.all(all)) expectLarge(listOf(reply), 0, COUNT);
      const head = await api.head(FILTERED);
      expect([head.status, head.body.length]).to.deep.equal([200, 0]);
      const feed = (await api.get('/v1/changes?size=3')).json<{ data: { payment: List['data'][number] }[] }>();
      expect(feed.data[2]?.payment.attributes.reference === referenceOf(1)).to.equal(true);
    });

    it('reach clients of HTTP/1.0', async () => {
      const text = await talk(api.port, `GET ${FILTERED} HTTP/1.0\r\nHost: a\r\n\r\n`);
      const body = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1').toString();
      expectLarge(JSON.parse(body), 0, COUNT);
    });

    it('wait for clients that do not read, and are then complete', async () => {
      const agent = new http.Agent();
      const responses = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const request = http.get({ host: '127.0.0.1', port: api.port, path: FILTERED, agent });
          const [response] = (await once(request, 'response')) as [http.IncomingMessage];
          return response.pause();
        }),
      );
      const bodies = responses.map(async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part);
        return Buffer.concat(parts).toString();
      });
      for (const body of bodies) expectLarge(JSON.parse(await body), 0, COUNT);
    });
  });
}
