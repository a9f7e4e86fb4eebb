import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { freePort, type Problem } from '../support/http.js';

interface Page {
  readonly data: readonly { readonly id: string; readonly version: number }[];
  readonly links: { readonly self: string; readonly next: string; readonly prev?: string };
}

const MAX_RESULTS = 5;

describe('the list of payments', () => {
  let api: CheckedService;
  let base: string;

  before(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    // Links lead to the service itself, so that they can be followed.
    const where = ['--listen', `127.0.0.1:${port}`, '--external-url', base];
    api = await startChecked([...where, '--admin', '--max-results', String(MAX_RESULTS)]);
  });
  after(() => api.stop());
  beforeEach(() => api.delete('/admin/repo'));

  /** Follows a link, with a client that normalises URLs. */
  async function follow(link: string): Promise<Page> {
    const response = await fetch(link);
    const text = await response.text();
    expect(response.status, text).to.equal(200);
    return JSON.parse(text);
  }

  const list = (query = '') => follow(`${base}/v1/payments${query}`);
  const ids = ({ data }: Page) => data.map(({ id }) => id);
  const parametersOf = (link: string) => Object.fromEntries(new URL(link).searchParams);

  async function createMany(count: number): Promise<string[]> {
    const created = Array.from({ length: count }, freshId);
    for (const id of created) await api.post('/v1/payments', paymentBody({ id }));
    return created;
  }

  const remove = (id: string) => api.delete(`/v1/payments/${id}?version=0`);

  /** Follows `next` until a page is empty. */
  async function walk(first: Page, onPage: (page: Page) => Promise<unknown> = async () => {}): Promise<string[]> {
    const seen: string[] = [];
    for (let page = first; page.data.length > 0; page = await follow(page.links.next)) {
      seen.push(...ids(page));
      await onPage(page);
    }
    return seen;
  }

  async function errorsOf(query: string): Promise<NonNullable<Problem['errors']>> {
    const reply = await api.get(`/v1/payments${query}`);
    expect(reply.status, reply.text).to.equal(400);
    expect(reply.json<Problem>().code).to.equal('validation_failed');
    return reply.json<Problem>().errors ?? [];
  }

  describe('a page', () => {
    it('is in order of creation, without deleted payments, each in its current state', async () => {
      const [a = '', b = '', c = ''] = await createMany(3);
      await remove(b);
      await api.put(`/v1/payments/${c}`, paymentBody({ id: c, version: 0 }));
      const reply = await api.get('/v1/payments');
      expect(reply.headers).to.include({ 'cache-control': 'no-cache', 'content-type': 'application/json' });
      expect(reply.json<Page>().data.map(({ id, version }) => [id, version])).to.deep.equal([
        [a, 0],
        [c, 1],
      ]);
      const { data } = (await api.get(`/v1/payments/${c}`)).json<{ data: unknown }>();
      expect(reply.json<Page>().data[1]).to.deep.equal(data);
    });

    it('is empty if there are no payments', async () => {
      const page = await list();
      expect(page.data).to.deep.equal([]);
      expect(page.links).to.have.all.keys('self', 'next');
    });

    // Seven payments, at most five on a page: the positions on each page.
    const PAGES: readonly [query: string, from: number, to: number][] = [
      ['', 0, 5],
      ['?size=1', 0, 1],
      ['?size=5', 0, 5],
      ['?size=6', 0, 5],
      ['?size=9007199254740993', 0, 5],
      ['?size=1000000000000000000000000', 0, 5],
      ['?from=0', 0, 5],
      ['?from=2', 2, 7],
      ['?from=6', 6, 7],
      ['?from=7', 7, 7],
      ['?from=9007199254740991', 7, 7],
      ['?from=1&size=2', 1, 3],
      ['?size=2&from=1', 1, 3],
      ['?from=01&size=002', 1, 3],
      ['?to=3', 0, 3],
      ['?to=100', 0, 5],
      ['?from=2&to=4', 2, 4],
      ['?from=1&to=100', 1, 6],
      ['?from=6&to=7', 6, 7],
      ['?&size=2&', 0, 2],
      ['?%73ize=2', 0, 2],
    ];
    for (const [query, from, to] of PAGES) {
      it(`${query || 'without parameters'} has the payments ${from} to ${to}`, async () => {
        const created = await createMany(7);
        const page = await list(query);
        expect(ids(page)).to.deep.equal(created.slice(from, to));
        expect(ids(await follow(page.links.self))).to.deep.equal(created.slice(from, to));
        expect(ids(await follow(page.links.next))).to.deep.equal(created.slice(to).slice(0, to - from || MAX_RESULTS));
      });
    }

    it('has absolute links with the parameters of the request', async () => {
      await createMany(7);
      const page = await list('?from=2&size=2');
      expect(page.links).to.deep.equal({
        self: `${base}/v1/payments?from=2&size=2`,
        next: `${base}/v1/payments?from=4&size=2`,
        prev: `${base}/v1/payments?from=0&size=2`,
      });
    });
  });

  it('a size beyond the range of a double is the maximum, in the links too', async () => {
    await createMany(MAX_RESULTS + 2);
    for (const [query, self] of [
      ['?size=99999999999999999999', `?size=${MAX_RESULTS}`],
      ['?size=9007199254740993', `?size=${MAX_RESULTS}`],
      ['?to=99999999999999999999', `?to=${MAX_RESULTS}`],
      ['?from=1&to=99999999999999999999', `?from=1&to=${MAX_RESULTS + 1}`],
      ['?size=9007199254740991', '?size=9007199254740991'],
    ] as const) {
      const page = await list(query);
      expect(page.data).to.have.length(MAX_RESULTS);
      expect(page.links.self).to.equal(`${base}/v1/payments${self}`);
      expect(parametersOf(page.links.next).size).to.equal(
        query.endsWith('0991') ? '9007199254740991' : String(MAX_RESULTS),
      );
    }
  });

  describe('invalid parameters', () => {
    const CASES: readonly [query: string, ...pointers: string[]][] = [
      ...['0', '-1', '', 'x', '1e3', '0x10', '%205', '5%20', '+5', '1.0', '1.5', 'null', '5,6', 'NaN', '%D9%A1'].map(
        (value): [string, string] => [`?size=${value}`, '/query/size'],
      ),
      ...[
        '-1',
        '',
        'x',
        '1e3',
        '0x10',
        '9007199254740993',
        '9007199254740992',
        '1.0',
        '%00',
        '99999999999999999999',
      ].map((value): [string, string] => [`?from=${value}`, '/query/from']),
      ...['0', '-5', '', 'x', '1e3'].map((value): [string, string] => [`?to=${value}`, '/query/to']),
      ['?from=5&to=5', '/query/to'],
      ['?from=5&to=4', '/query/to'],
      // They are compared only if both are valid.
      ...['1e3', '0x10', '9007199254740993', '5&from=6'].map((from): [string, string] => [
        `?from=${from}&to=1`,
        '/query/from',
      ]),
      ['?from=-1&to=-2', '/query/from', '/query/to'],
      ['?size=5&to=5', '/query/to'],
      ['?size=1&size=1', '/query/size'],
      ['?size=1&size=2', '/query/size'],
      ['?size=1&%73ize=2', '/query/size'],
      ['?from=1&from=1&from=1', '/query/from'],
      ['?to=1&to=1', '/query/to'],
      ['?after=&after=', '/query/after'],
      ['?after=', '/query/after'],
      ['?after', '/query/after'],
      ['?after=bjox', '/query/after'],
      ['?after=MWEw=', '/query/after'],
      ['?after=MWE', '/query/after'],
      ['?after=%00', '/query/after'],
      ['?after=%F0%9F%98%80', '/query/after'],
      [`?after=${'M'.repeat(129)}`, '/query/after'],
      [`?after=${'%F0%9F%98%80'.repeat(129)}`, '/query/after'],
      [`?after=${Buffer.from('1a99999999999999999999').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from('1a9223372036854775808').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from('1c5').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from('2a5').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from('1a-5').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from('1a05').toString('base64url')}`, '/query/after'],
      [`?after=${Buffer.from("1a1' OR 1=1").toString('base64url')}`, '/query/after'],
      ['?after=MWEw&from=0', '/query/from'],
      ['?after=MWEw&to=5', '/query/to'],
      ['?limit=5', '/query/limit'],
      ['?Size=5', '/query/Size'],
      ['?__proto__=1', '/query/__proto__'],
      ['?constructor=1', '/query/constructor'],
      ['?toString=1&hasOwnProperty=2', '/query/toString', '/query/hasOwnProperty'],
      ['?size%5B%5D=5', '/query/size[]'],
      ['?a/b~c=1', '/query/a~1b~0c'],
      ['?=5', '/query/'],
      ['?%E0%A4%A=1', '/query/%E0%A4%A'],
      ['?size=%E0%A4%A', '/query/size'],
      ['?size=%', '/query/size'],
      ['?size=x&from=y&to=z&after=&what=1', '/query/size', '/query/from', '/query/to', '/query/after', '/query/what'],
    ];
    for (const [query, ...pointers] of CASES) {
      it(`${query.slice(0, 60)}: ${pointers.join(', ')}`, async () => {
        const found = await errorsOf(query);
        expect([...new Set(found.map(({ pointer }) => pointer))]).to.have.members(pointers);
        const once = new Set(found.map((error) => JSON.stringify(error)));
        expect(once.size, 'no error is named twice').to.equal(found.length);
      });
    }
  });

  describe('paging by cursor', () => {
    it('begins without from, and has a cursor from then on', async () => {
      const created = await createMany(7);
      const first = await list('?size=3');
      expect(first.links).to.not.have.property('prev');
      expect(parametersOf(first.links.next)).to.have.all.keys('after', 'size');
      const second = await follow(first.links.next);
      expect(ids(second)).to.deep.equal(created.slice(3, 6));
      expect(second.links.self).to.equal(first.links.next);
      expect(await walk(first)).to.deep.equal(created);
    });

    for (const size of [1, 2, 3, 5]) {
      it(`works in both directions with pages of ${size}`, async () => {
        const created = await createMany(7);
        const forth: string[][] = [];
        let page = await list(`?size=${size}`);
        for (; page.data.length > 0; page = await follow(page.links.next)) forth.push(ids(page));
        const back: string[][] = [];
        while (page.links.prev !== undefined) {
          page = await follow(page.links.prev);
          back.unshift(ids(page));
        }
        expect(forth.flat()).to.deep.equal(created);
        expect(back.flat()).to.deep.equal(created);
        expect(ids(await follow(page.links.next))[0]).to.equal(created[back[0]?.length ?? 0]);
      });
    }

    it('continues from the last page, even an empty one, to later payments', async () => {
      const empty = await list();
      const early = await createMany(2);
      const page = await follow(empty.links.next);
      expect(ids(page)).to.deep.equal(early);
      const end = await follow(page.links.next);
      expect(end.data).to.deep.equal([]);
      const late = await createMany(2);
      expect(ids(await follow(end.links.next))).to.deep.equal(late);
      expect(ids(await follow(page.links.next))).to.deep.equal(late);
    });

    it('has prev only if an earlier payment exists', async () => {
      const created = await createMany(4);
      const second = await follow((await list('?size=2')).links.next);
      expect(second.links).to.have.property('prev');
      for (const id of created.slice(0, 2)) await remove(id);
      const again = await follow(second.links.self);
      expect(ids(again)).to.deep.equal(created.slice(2));
      expect(again.links).to.not.have.property('prev');
    });

    it('returns every payment that existed and was not deleted exactly once, while others are created and deleted', async () => {
      const created = await createMany(20);
      const doomed = new Set<string>();
      let turn = 0;
      const seen = await walk(await list('?size=3'), async ({ data }) => {
        turn++;
        const last = created.indexOf(data.at(-1)?.id ?? '');
        // After the position of the reader, before it, and at its cursor.
        for (const at of [0, last, last + 2]) {
          const id = created[at];
          if (id !== undefined && !doomed.has(id)) {
            doomed.add(id);
            await remove(id);
          }
        }
        if (turn <= 3) await createMany(2);
      });
      expect(new Set(seen).size, 'nothing twice').to.equal(seen.length);
      expect(seen).to.include.members(created.filter((id) => !doomed.has(id)));
      expect(turn).to.be.greaterThan(5);
    });

    it('misses nothing while creates run concurrently', async () => {
      const before = await createMany(10);
      const writing = Promise.all(Array.from({ length: 60 }, () => api.post('/v1/payments', paymentBody())));
      const seen = await walk(await list('?size=2'));
      const written = (await writing).map((reply) => reply.json<{ data: { id: string } }>().data.id);
      const rest = await walk(await list());
      expect(seen.slice(0, 10)).to.deep.equal(before);
      expect(new Set(seen).size).to.equal(seen.length);
      expect(rest).to.have.members([...before, ...written]);
      // The order that a reader saw while payments were created stays.
      expect(rest.slice(0, seen.length)).to.deep.equal(seen);
    });

    it('continues after everything was deleted', async () => {
      await createMany(4);
      const first = await list('?size=2');
      await api.delete('/admin/repo');
      expect((await follow(first.links.next)).data).to.deep.equal([]);
    });
  });

  describe('paging by offset', () => {
    it('goes forward by next and back by prev, to the beginning', async () => {
      const created = await createMany(7);
      const first = await list('?from=0&size=3');
      expect(first.links).to.not.have.property('prev');
      expect(await walk(first)).to.deep.equal(created);
      const back: string[] = [];
      let page = await list('?from=7&size=3');
      while (page.links.prev !== undefined) {
        page = await follow(page.links.prev);
        back.unshift(...ids(page));
      }
      expect(back).to.deep.equal(created);
    });

    it('keeps its size if to was given, and stays with offsets', async () => {
      await createMany(7);
      const page = await list('?from=2&to=4');
      expect(parametersOf(page.links.self)).to.deep.equal({ from: '2', to: '4' });
      expect(parametersOf(page.links.next)).to.deep.equal({ from: '4', size: '2' });
      expect(parametersOf(page.links.prev ?? '')).to.deep.equal({ from: '0', size: '2' });
    });

    it('has prev whenever from is greater than 0, with the remaining payments before it', async () => {
      const created = await createMany(4);
      const page = await list('?from=1&size=3');
      expect(ids(await follow(page.links.prev ?? ''))).to.deep.equal(created.slice(0, 1));
      expect((await list('?from=100')).links).to.have.property('prev');
    });
  });
});
