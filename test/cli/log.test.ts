import { expect } from 'chai';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { createClient } from '../support/http.js';
import { startService } from '../support/service.js';
import { runCommand } from './support.js';

const PAYMENTS = 25;

interface Write {
  readonly method: string;
  readonly target: string;
  readonly body?: unknown;
  readonly key: string;
}

/** Some histories; every third payment is deleted. */
function writes(): readonly Write[] {
  return Array.from({ length: PAYMENTS }, (_, number) => {
    const id = `p-${number}`;
    // Larger than what a page of 1,000 holds for each, so lists read the attributes from the log.
    const attributes = { amount: `${number + 1}.50`, note: 'ü 💶 "quoted"'.repeat(20), n: number };
    const body = (version: number) => ({
      data: { id, version, type: 'Payment', organisation_id: `o ${number % 3}`, attributes },
    });
    const all: Write[] = [
      { method: 'POST', target: '/v1/payments', body: body(0), key: `create/${number}` },
      { method: 'PUT', target: `/v1/payments/${id}`, body: body(0), key: `update/${number}` },
    ];
    if (number % 3 === 0)
      all.push({ method: 'DELETE', target: `/v1/payments/${id}?version=1`, key: `delete/${number}` });
    return all;
  }).flat();
}

/** The output of a service: the first responses to the writes, and everything that can be read afterwards. */
async function serve(database: TestDatabase) {
  const service = await startService([...database.flags, '--max-results', '1000']);
  const client = createClient(service.port);
  try {
    const responses: unknown[] = [];
    let replays = 0;
    for (const { method, target, body, key } of writes()) {
      const { status, text, headers } = await client.send(method, target, {
        body,
        headers: { 'Idempotency-Key': key },
      });
      expect(status, text).to.be.below(300);
      if (headers['idempotent-replayed'] === 'true') replays += 1;
      responses.push([status, text, headers.etag, headers.location]);
    }
    const read: string[] = [];
    for (const target of [
      '/v1/payments',
      '/v1/changes',
      '/v1/changes?organisation_id=o%201',
      '/v1/payments/p-3/versions',
    ]) {
      read.push((await client.get(target)).text);
    }
    const { data } = (await client.get('/v1/changes')).json<{ data: readonly { position: string }[] }>();
    // A stored cursor still works.
    read.push((await client.get(`/v1/changes?after=${data[20]?.position}`)).text);
    return { responses, replays, read, changes: data.length };
  } finally {
    client.close();
    await service.stop();
  }
}

/** Commands reject distributed tables. */
const COPIED = DATABASES.filter((name) => name !== 'citus');

for (const source of COPIED) {
  describe(`the log, from ${source}`, () => {
    let from: TestDatabase;
    let original: Awaited<ReturnType<typeof serve>>;
    let exported: string;

    before(async () => {
      from = await createDatabase(source);
      original = await serve(from);
      const { code, stdout } = await runCommand(['export', '--changes', ...from.flags]);
      expect(code).to.equal(0);
      exported = stdout;
    });
    after(() => from.dispose());

    /** The target serves the same data as the source, and each key replays its first response. */
    async function expectSame(to: TestDatabase): Promise<void> {
      expect((await runCommand(['export', '--changes', ...to.flags])).stdout).to.equal(exported);
      const verified = await runCommand(['verify', '--from', from.uri, '--to', to.uri]);
      expect([verified.code, verified.stdout], verified.stderr).to.deep.equal([0, '']);
      expect(verified.stderr).to.include(`${original.changes} changes: the same in both`);
      const moved = await serve(to);
      expect(moved.replays).to.equal(writes().length);
      expect({ ...moved, replays: 0 }).to.deep.equal({ ...original, replays: 0 });
      expect((await runCommand(['export', '--changes', ...to.flags])).stdout).to.equal(exported);
    }

    it('is exported with every change and key, also from a position on', async () => {
      const lines = exported.trimEnd().split('\n');
      expect(lines).to.have.length(writes().length);
      const changes = lines.map((line): Record<string, string> => JSON.parse(line).change);
      expect(changes.map(({ idempotency_key: key }) => key)).to.deep.equal(writes().map(({ key }) => key));
      const [, second = {}] = changes;
      const rest = await runCommand(['export', '--changes', '--after', String(second.position), ...from.flags]);
      expect(rest.stdout).to.equal(
        lines
          .slice(2)
          .map((line) => `${line}\n`)
          .join(''),
      );
    });

    for (const target of COPIED) {
      it(`is copied to ${target}: the same order, times, versions and keys`, async () => {
        const to = await createDatabase(target);
        try {
          const { code, stderr } = await runCommand(['copy', '--from', from.uri, '--to', to.uri]);
          expect(code, stderr).to.equal(0);
          expect(stderr).to.include(`copied ${writes().length} changes of payments`);
          await expectSame(to);
        } finally {
          to.dispose();
        }
      });

      // An export is read the same way on both; the copy covers databases of the same kind.
      if (source === target) continue;

      it(`is imported into ${target}: the same order, times, versions and keys`, async () => {
        const to = await createDatabase(target);
        try {
          const { code, stderr } = await runCommand(['import', ...to.flags], exported);
          expect(code, stderr).to.equal(0);
          const again = await runCommand(['import', ...to.flags], exported);
          expect(again.stderr).to.include(`imported 0 rows, ${writes().length} were there already`);
          await expectSame(to);
        } finally {
          to.dispose();
        }
      });
    }
  });
}
