import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { openConnection, type Problem, type Reply } from '../support/http.js';

interface Write {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly target: string;
  readonly body?: unknown;
}

let keys = 0;
const freshKey = () => `key-${++keys}`;
const urlOf = (id: string) => `/v1/payments/${encodeURIComponent(id)}`;

/** The part that must be the same in the first and all later responses. */
const essence = ({ status, headers, text }: Reply) => {
  const { location, etag, 'content-type': type, 'cache-control': cache, 'content-length': length } = headers;
  return { status, text, location, etag, type, cache, length };
};

for (const name of DATABASES) {
  describe(`Idempotency-Key on ${name}`, () => {
    let database: TestDatabase;
    let api: CheckedService;
    /** Another process on the same database. */
    let other: CheckedService;

    before(async () => {
      database = await createDatabase(name);
      const flags = [...database.flags, '--max-results', '1000'];
      [api, other] = [await startChecked(flags), await startChecked(flags)];
    });
    after(async () => {
      await Promise.all([api.stop(), other.stop()]);
      database.dispose();
    });

    const send = (service: CheckedService, { method, target, body }: Write, key?: string) =>
      service.send(method, target, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });
    const creation = (id = freshId()): Write => ({ method: 'POST', target: '/v1/payments', body: paymentBody({ id }) });
    const update = (id: string, version: number, amount = '7.50'): Write => {
      const attributes = { amount, note: { b: 1, a: 12345678901234567890n.toString() } };
      return { method: 'PUT', target: urlOf(id), body: paymentBody({ id, version, attributes }) };
    };
    const deletion = (id: string, version: number): Write => ({
      method: 'DELETE',
      target: `${urlOf(id)}?version=${version}`,
    });
    /** Position and kind of all changes. */
    async function changes(): Promise<readonly unknown[]> {
      return (await api.get('/v1/changes')).json<{ data: readonly unknown[] }>().data;
    }
    async function create(id = freshId()): Promise<string> {
      expect((await send(api, creation(id))).status).to.equal(201);
      return id;
    }
    function expectProblem(reply: Reply, status: number, code: string, pointers?: readonly string[]): void {
      const problem = reply.json<Problem>();
      expect([reply.status, problem.code], reply.text).to.deep.equal([status, code]);
      if (pointers) expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(pointers);
    }
    /** Runs something that must write nothing. */
    async function writesNothing(work: () => Promise<void>): Promise<void> {
      const before = await changes();
      await work();
      expect(await changes()).to.deep.equal(before);
    }

    it('returns the first response again, after the payment changed, and from another process', async () => {
      const id = freshId();
      const writes = [creation(id), update(id, 0), deletion(id, 1)];
      const first = new Map<string, { readonly write: Write; readonly reply: Reply }>();
      for (const write of writes) {
        const key = freshKey();
        const reply = await send(api, write, key);
        expect(reply.status).to.equal({ POST: 201, PUT: 200, DELETE: 204 }[write.method]);
        expect(reply.headers).not.to.have.property('idempotent-replayed');
        first.set(key, { write, reply });
        for (const [known, { write: again, reply: before }] of first) {
          for (const service of [api, other]) {
            const replay = await send(service, again, known);
            expect(essence(replay)).to.deep.equal(essence(before));
            expect(replay.headers['idempotent-replayed']).to.equal('true');
          }
        }
      }
      expect((await api.get(urlOf(id))).status).to.equal(404);
      const versions = (await api.get(`${urlOf(id)}/versions`)).json<{ data: readonly { kind: string }[] }>().data;
      expect(versions.map(({ kind }) => kind)).to.deep.equal(['created', 'updated', 'deleted']);
    });

    it('returns it again to requests whose If-Match or version does not match any more', async () => {
      const id = await create();
      const key = freshKey();
      const headers = { 'Idempotency-Key': key, 'If-Match': '"0"' };
      const { body } = update(id, 0);
      const first = await api.put(urlOf(id), body, headers);
      expect(first.status).to.equal(200);
      expect((await send(api, update(id, 1))).status).to.equal(200);
      expect(essence(await api.put(urlOf(id), body, headers))).to.deep.equal(essence(first));
      // This precondition and the version in the body can never both be true.
      const ruledOut = await api.put(urlOf(id), body, { ...headers, 'If-Match': '"5"' });
      expect(essence(ruledOut)).to.deep.equal(essence(first));
    });

    it('is 422 with a pointer for another body, method or path, and nothing is written', async () => {
      const [id, another] = [await create(), await create()];
      const key = freshKey();
      const write = update(id, 0);
      expect((await send(api, write, key)).status).to.equal(200);
      await writesNothing(async () => {
        const others = [
          update(id, 0, '8.00'),
          update(id, 1),
          { ...write, body: `${JSON.stringify(write.body)} ` },
          { ...write, target: urlOf(another), body: paymentBody({ id: another, version: 0 }) },
          creation(),
          deletion(id, 0),
          deletion(id, 1),
          deletion(another, 0),
          deletion(freshId(), 0),
        ];
        for (const reused of others) {
          for (const service of [api, other]) {
            const reply = await send(service, reused, key);
            expectProblem(reply, 422, 'idempotency_key_reused', ['/header/idempotency-key']);
          }
        }
      });
    });

    it('does not store rejected writes, which can be sent again with it', async () => {
      const id = await create();
      const key = freshKey();
      await writesNothing(async () => {
        expectProblem(await send(api, creation(id), key), 409, 'payment_exists');
        expectProblem(await send(api, creation(id), key), 409, 'payment_exists');
        expectProblem(await send(api, update(id, 3), key), 409, 'version_conflict');
        expectProblem(await send(api, deletion(id, 3), key), 409, 'version_conflict');
        expectProblem(await send(api, update(freshId(), 0), key), 404, 'payment_not_found');
        const headers = { 'Idempotency-Key': key, 'If-Match': '"9"' };
        expectProblem(await api.delete(`${urlOf(id)}?version=0`, headers), 412, 'precondition_failed');
        expectProblem(await send(api, { ...creation(), body: { data: {} } }, key), 400, 'validation_failed');
      });
      const reply = await send(api, update(id, 0), key);
      expect(reply.status).to.equal(200);
      expect(reply.headers).not.to.have.property('idempotent-replayed');
    });

    it('lets concurrent requests take effect once, in any processes', async () => {
      const id = freshId();
      for (const write of [creation(id), update(id, 0), deletion(id, 1)]) {
        const key = freshKey();
        const replies = await Promise.all(
          Array.from({ length: 12 }, (_, index) => send(index % 2 === 0 ? api : other, write, key)),
        );
        const executed = replies.filter(({ headers }) => headers['idempotent-replayed'] === undefined);
        expect(executed).to.have.length(1);
        const [one = expect.fail()] = executed;
        for (const reply of replies) expect(essence(reply)).to.deep.equal(essence(one));
      }
      const { data } = (await api.get(`${urlOf(id)}/versions`)).json<{ data: readonly unknown[] }>();
      expect(data).to.have.length(3);
    });

    it('lets one of concurrent requests with different bodies take effect', async () => {
      const key = freshKey();
      const before = await changes();
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, index) => send(index % 2 === 0 ? api : other, creation(), key)),
      );
      expect(replies.map(({ status }) => status).sort()).to.deep.equal([201, ...Array(11).fill(422)]);
      expect(await changes()).to.have.length(before.length + 1);
    });

    it('may be any 255 visible ASCII characters, and is case-sensitive', async () => {
      const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 33 + index));
      for (const key of ['!', '~', visible, 'x'.repeat(255), 'X'.repeat(255)]) {
        const write = creation();
        const first = await send(api, write, key);
        expect(first.status, key).to.equal(201);
        expect(essence(await send(other, write, key))).to.deep.equal(essence(first));
      }
    });

    describe('that is invalid is 400 with a pointer, and nothing is written', () => {
      const WRONG: readonly [what: string, key: string | string[]][] = [
        ['an empty one', ''],
        ['white space', '  '],
        ['256 characters', 'x'.repeat(256)],
        ['a space inside', 'a b'],
        ['a tab inside', 'a\tb'],
        ['Latin-1', 'schlüssel'],
        ['a control character of Latin-1', 'a\u0085b'],
        ['two different ones', ['a', 'b']],
        ['the same one twice', ['a', 'a']],
      ];
      for (const [what, key] of WRONG) {
        it(what, async () => {
          const id = await create();
          await writesNothing(async () => {
            for (const { method, target, body } of [creation(), update(id, 0), deletion(id, 0)]) {
              const reply = await api.send(method, target, { body, headers: { 'Idempotency-Key': key } });
              expectProblem(reply, 400, 'validation_failed', ['/header/idempotency-key']);
            }
          });
        });
      }

      // Such a head is malformed HTTP (RFC 9110, 5.5), so there is no pointer.
      for (const [what, byte] of [
        ['NUL', '\0'],
        ['SOH', '\u0001'],
        ['ESC', '\u001b'],
        ['DEL', '\u007f'],
      ]) {
        it(`the control character ${what}, as malformed HTTP`, async () => {
          await writesNothing(async () => {
            const text = JSON.stringify(paymentBody());
            const connection = await openConnection(api.port);
            connection.write(
              `POST /v1/payments HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nIdempotency-Key: a${byte}b\r\n` +
                `Connection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
            );
            await connection.ended;
            expect(connection.text()).to.match(/^HTTP\/1\.1 400 /);
          });
        });
      }
    });
  });
}
