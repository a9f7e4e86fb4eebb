import { expect } from 'chai';
import { createCursors } from '../../src/store/cursor.js';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import type { Problem, Reply } from '../support/http.js';

interface Change {
  readonly position: string;
  readonly kind: string;
  readonly at: string;
  readonly payment: { readonly id: string; readonly version: number; readonly organisation_id: string };
}
interface List<Item> {
  readonly data: readonly Item[];
  readonly links: { readonly self: string; readonly next: string; readonly prev?: string };
}

const BASE = 'http://localhost:8080';
const urlOf = (id: string) => `/v1/payments/${encodeURIComponent(id)}`;
const briefly = ({ kind, payment: { id, version } }: Change) => `${kind} ${id} ${version}`;
const cursorOf = (link: string) => new URL(link).searchParams.get('after') ?? expect.fail(`${link} has no cursor`);

for (const name of DATABASES) {
  describe(`changes on ${name}`, () => {
    let database: TestDatabase;
    let api: CheckedService;
    /** Another process on the same database. */
    let other: CheckedService;

    before(async () => {
      database = await createDatabase(name);
      [api, other] = [await startChecked(database.flags), await startChecked(database.flags)];
    });
    after(async () => {
      await Promise.all([api.stop(), other.stop()]);
      database.dispose();
    });

    async function create(organisation = 'organisation', id = freshId()): Promise<string> {
      const { status } = await api.post('/v1/payments', paymentBody({ id, organisation_id: organisation }));
      expect(status).to.equal(201);
      return id;
    }
    async function update(id: string, version: number, organisation = 'organisation'): Promise<void> {
      const body = paymentBody({ id, version, organisation_id: organisation });
      expect((await api.put(urlOf(id), body)).status).to.equal(200);
    }
    async function remove(id: string, version: number): Promise<void> {
      expect((await api.delete(`${urlOf(id)}?version=${version}`)).status).to.equal(204);
    }
    async function list<Item>(target: string, service = api): Promise<List<Item>> {
      const reply = await service.get(target);
      expect(reply.status, reply.text).to.equal(200);
      return reply.json<List<Item> & Record<string, unknown>>();
    }
    const next = <Item>({ links }: List<Item>, service = api) => list<Item>(links.next.slice(BASE.length), service);
    /** Everything from a target on, along the links. */
    async function walk<Item>(target: string, service = api): Promise<Item[]> {
      const all: Item[] = [];
      for (let page = await list<Item>(target, service); page.data.length > 0; page = await next(page, service)) {
        all.push(...page.data);
      }
      return all;
    }
    /** The current end of the feed. */
    async function end(): Promise<string> {
      const [last] = (await walk<Change>('/v1/changes')).slice(-1);
      return last === undefined ? '' : `after=${last.position}&`;
    }

    it('are the writes, in order, the same from every process, and a position is a cursor', async () => {
      const from = await end();
      const [a, b] = [await create(), await create()];
      await update(a, 0);
      await remove(b, 0);
      await remove(a, 1);
      const all = await walk<Change>(`/v1/changes?${from}size=2`);
      const wanted = [`created ${a} 0`, `created ${b} 0`, `updated ${a} 1`, `deleted ${b} 0`, `deleted ${a} 1`];
      expect(all.map(briefly)).to.deep.equal(wanted);
      expect(await walk<Change>(`/v1/changes?${from}size=3`, other)).to.deep.equal(all);
      for (const [index, { position, at }] of all.entries()) {
        expect(at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(at >= (all[index - 1]?.at ?? '')).to.equal(true);
        const rest = await walk<Change>(`/v1/changes?after=${position}`, other);
        expect(rest).to.deep.equal(all.slice(index + 1));
      }
      const last = await list<Change>(`/v1/changes?after=${all.at(-1)?.position}`);
      expect(last.data).to.deep.equal([]);
      expect(cursorOf(last.links.next), 'nothing is passed over').to.equal(all.at(-1)?.position);
    });

    it('show a payment as its read does, byte for byte', async () => {
      const from = await end();
      const attributes = '{"z":1.50,"amount":"1","deep":{"n":12345678901234567890,"n2":0.1e1},"a":[ ]}';
      const text = `{"data":{"id":"${freshId()}","type":"Payment","organisation_id":"ö \\u00f6","attributes":${attributes}}}`;
      const created = await api.post('/v1/payments', text);
      expect(created.status, created.text).to.equal(201);
      const [, payment = ''] = /^{"data":(.*),"links":/.exec(created.text) ?? [];
      expect((await api.get(`/v1/changes?${from}`)).text).to.contain(`"payment":${payment}}`);
      const [change] = await walk<Change>(`/v1/changes?${from}`);
      expect((await api.get(`${urlOf(change?.payment.id ?? '')}/versions`)).text).to.contain(`"payment":${payment}}`);
    });

    it('of one payment are in order, in pages, even after it was deleted; of an unknown one they are 404', async () => {
      const id = await create('o', `an id/with ü ${freshId()}`);
      for (const version of [0, 1, 2]) await update(id, version);
      await create();
      await remove(id, 3);
      const versions = await walk<Change>(`${urlOf(id)}/versions?size=2`);
      const wanted = [`created ${id} 0`, `updated ${id} 1`, `updated ${id} 2`, `updated ${id} 3`, `deleted ${id} 3`];
      expect(versions.map(briefly)).to.deep.equal(wanted);
      const feed = await walk<Change>('/v1/changes');
      expect(versions).to.deep.equal(feed.filter(({ payment }) => payment.id === id));
      const { links } = await list<Change>(`${urlOf(id)}/versions?size=2`);
      expect(links.self).to.equal(`${BASE}${urlOf(id)}/versions?size=2`);
      const reply = await api.get(`${urlOf(freshId())}/versions`);
      expect([reply.status, reply.json<Problem>().code]).to.deep.equal([404, 'payment_not_found']);
    });

    it('and lists can be restricted to one organisation, which the links keep', async () => {
      const organisation = `only ${freshId()} & co`;
      const filter = `organisation_id=${encodeURIComponent(organisation)}`;
      const from = await end();
      const ids: string[] = [];
      for (let number = 0; number < 5; number += 1) {
        ids.push(await create(organisation));
        await create(`${organisation} `);
        await create(organisation.toUpperCase());
      }
      const [moved = '', deleted = ''] = ids;
      await update(moved, 0, 'elsewhere');
      await remove(deleted, 0);
      const wanted = ids.slice(2);
      for (const query of ['size=2', 'from=0&size=2', 'from=0&to=2']) {
        const page = await list<{ readonly id: string }>(`/v1/payments?${query}&${filter}`);
        expect(new URL(page.links.next).searchParams.get('organisation_id')).to.equal(organisation);
        const found = await walk<{ readonly id: string }>(`/v1/payments?${query}&${filter}`);
        expect(found.map(({ id }) => id)).to.deep.equal(wanted);
      }
      const second = await next(await list<{ readonly id: string }>(`/v1/payments?size=2&${filter}`));
      const { prev = expect.fail('the second page has no previous one') } = second.links;
      const back = await list<{ readonly id: string }>(prev.slice(BASE.length));
      expect(back.data.map(({ id }) => id)).to.deep.equal(wanted.slice(0, 2));
      const own = await walk<Change>(`/v1/changes?${from}size=2&${filter}`);
      expect(own.map(briefly)).to.deep.equal([...ids.map((id) => `created ${id} 0`), `deleted ${deleted} 0`]);
      const { links } = await list<Change>(`/v1/changes?${from}size=2&${filter}`);
      expect(new URL(links.next).searchParams.get('organisation_id')).to.equal(organisation);
    });

    it('have links that can be followed from the largest position as well', async () => {
      const table = { schema: null, table: 'payments' };
      const position = String(2n ** 63n - 1n);
      const after = createCursors('payments', table).encode({ kind: 'after', position });
      await create();
      const page = await list<{ readonly id: string }>(`/v1/payments?size=2&after=${after}`);
      expect(page.data).to.deep.equal([]);
      const { next: later, prev = expect.fail('there are payments before') } = page.links;
      expect((await list(later.slice(BASE.length))).data).to.deep.equal([]);
      expect((await list(prev.slice(BASE.length))).data).to.have.length(2);
    });

    it('are deleted with everything else, and an old cursor misses nothing that comes later', async () => {
      const emptied = await createDatabase(name);
      const service = await startChecked([...emptied.flags, '--admin']);
      try {
        const post = (id: string) => service.post('/v1/payments', paymentBody({ id }));
        await post('a');
        const [{ position } = expect.fail()] = await walk<Change>('/v1/changes', service);
        expect((await service.delete('/admin/repo')).status).to.equal(204);
        expect(await walk<Change>('/v1/changes', service)).to.deep.equal([]);
        expect((await service.get('/v1/payments/a/versions')).status).to.equal(404);
        await post('a');
        const changes = await walk<Change>(`/v1/changes?after=${position}`, service);
        expect(changes.map(briefly)).to.deep.equal(['created a 0']);
      } finally {
        await service.stop();
        emptied.dispose();
      }
    });

    describe('with bad input are 400 with a pointer', () => {
      let id: string;
      let changesCursor: string;
      let listCursor: string;
      let previousCursor: string;
      let versionsCursor: string;
      let otherVersionsCursor: string;

      before(async () => {
        id = await create();
        const another = await create();
        changesCursor = cursorOf((await list('/v1/changes?size=1')).links.next);
        const page = await list('/v1/payments?size=1');
        listCursor = cursorOf(page.links.next);
        previousCursor = cursorOf((await next(page)).links.prev ?? '');
        versionsCursor = cursorOf((await list(`${urlOf(id)}/versions`)).links.next);
        otherVersionsCursor = cursorOf((await list(`${urlOf(another)}/versions`)).links.next);
      });

      function expectInvalid(reply: Reply, pointers: readonly string[]): void {
        const { code, errors } = reply.json<Problem>();
        expect([reply.status, code], reply.text).to.deep.equal([400, 'validation_failed']);
        expect(errors?.map(({ pointer }) => pointer)).to.have.members([...pointers]);
      }

      it('if a cursor is of another list', async () => {
        const [changes, payments, versions] = ['/v1/changes', '/v1/payments', `${urlOf(id)}/versions`];
        for (const [target, cursors] of [
          [changes, [listCursor, previousCursor, versionsCursor]],
          [payments, [changesCursor, versionsCursor]],
          [versions, [changesCursor, listCursor, previousCursor, otherVersionsCursor]],
        ] as const) {
          for (const cursor of cursors) expectInvalid(await api.get(`${target}?after=${cursor}`), ['/query/after']);
        }
        for (const [target, cursor] of [
          [changes, changesCursor],
          [payments, listCursor],
          [payments, previousCursor],
          [versions, versionsCursor],
        ]) {
          expect((await api.get(`${target}?after=${cursor}`)).status).to.equal(200);
        }
      });

      it('if a cursor is of a list with another filter', async () => {
        const payments = '/v1/payments?size=1';
        const [ofA, ofB] = [`${payments}&organisation_id=a`, `${payments}&organisation_id=b`];
        for (const [own, others] of [
          [payments, [ofA, ofB]],
          [ofA, [payments, ofB]],
        ] as const) {
          const cursor = cursorOf((await list(own)).links.next);
          expect((await api.get(`${own}&after=${cursor}`)).status).to.equal(200);
          for (const other of others) expectInvalid(await api.get(`${other}&after=${cursor}`), ['/query/after']);
        }
      });

      it('if a cursor is of another table', async () => {
        const service = await startChecked([...database.flags, '--repo-schema-payments', 'elsewhere']);
        try {
          for (const [target, cursor] of [
            ['/v1/changes', changesCursor],
            ['/v1/payments', listCursor],
            ['/v1/payments', previousCursor],
          ]) {
            expectInvalid(await service.get(`${target}?after=${cursor}`), ['/query/after']);
          }
        } finally {
          await service.stop();
        }
      });

      it('if a cursor has one byte changed, added or removed', async () => {
        const tried = [
          ['/v1/changes', changesCursor],
          ['/v1/payments', listCursor],
          ['/v1/payments', previousCursor],
          [`${urlOf(id)}/versions`, versionsCursor],
        ] as const;
        for (const [target, cursor] of tried) {
          const wrong = [`${cursor}0`, `0${cursor}`, `${cursor}%00`, `${cursor}%0A`, `%20${cursor}`];
          for (let at = 0; at < cursor.length; at += 1) {
            wrong.push(cursor.slice(0, at) + cursor.slice(at + 1));
            for (const byte of ['0', '1', '9', 'a', 'b', 'A', 'z', '-', '_', '%00', '%C3%BC']) {
              if (cursor[at] !== byte) wrong.push(cursor.slice(0, at) + byte + cursor.slice(at + 1));
            }
          }
          const replies = await Promise.all(wrong.map((text) => api.get(`${target}?after=${text}`)));
          for (const reply of replies) expectInvalid(reply, ['/query/after']);
        }
      });

      for (const [query, pointers] of [
        ['after=', ['/query/after']],
        [`after=${'a'.repeat(129)}`, ['/query/after']],
        ['after=%FF', ['/query/after']],
        ['wait=31', ['/query/wait']],
        ['wait=-1', ['/query/wait']],
        ['wait=1e1', ['/query/wait']],
        ['wait=1.0', ['/query/wait']],
        ['wait=0x1', ['/query/wait']],
        ['wait=+1', ['/query/wait']],
        ['wait=', ['/query/wait']],
        ['wait=%201', ['/query/wait']],
        ['wait=99999999999999999999', ['/query/wait']],
        ['wait=1&wait=1', ['/query/wait']],
        ['size=0', ['/query/size']],
        ['size=1&size=2', ['/query/size']],
        ['from=0', ['/query/from']],
        ['organisation_id=', ['/query/organisation_id']],
        ['organisation_id=%20', ['/query/organisation_id']],
        ['organisation_id=a%00', ['/query/organisation_id']],
        [`organisation_id=${'x'.repeat(256)}`, ['/query/organisation_id']],
        ['organisation_id=a&organisation_id=a', ['/query/organisation_id']],
        ['wait=31&size=0&after=x', ['/query/wait', '/query/size', '/query/after']],
      ] as const) {
        it(query.length > 60 ? `${query.slice(0, 30)}…` : query, async () => {
          expectInvalid(await api.get(`/v1/changes?${query}`), pointers);
        });
      }

      it('also for versions and lists', async () => {
        for (const query of ['wait=1', 'organisation_id=a', 'from=0']) {
          expectInvalid(await api.get(`${urlOf(id)}/versions?${query}`), [`/query/${query.split('=')[0]}`]);
        }
        for (const query of ['organisation_id=', 'organisation_id=%20', 'organisation_id=a%01', 'wait=1']) {
          expectInvalid(await api.get(`/v1/payments?${query}`), [`/query/${query.split('=')[0]}`]);
        }
      });
    });
  });
}
