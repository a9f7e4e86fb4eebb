import { newCall, newChange, newPayment, numbered, openSqliteRows } from './conformance/subject.js';

/*
 * One of several processes on one SQLite file, forked by the tests: `sqlite-client.ts <file> <name> <writes>`. It
 * reports that it is loaded, waits for a message, writes, and reports the acknowledged writes or its error.
 */

/** What a client reports. */
export interface ClientReport {
  readonly error: string | null;
  /** Ids whose creation was acknowledged. */
  readonly created: readonly string[];
  /** Ids whose creation certainly did not happen. */
  readonly rejected: readonly string[];
  /** The number of times the shared counter was incremented. */
  readonly counted: number;
  readonly retries: number;
}

const [, , file = '', name = '', writes = '0'] = process.argv;

process.once('message', () => {
  run(Number(writes)).then(
    (report) => process.send?.(report, () => process.disconnect()),
    (error: unknown) =>
      process.send?.({ error: String(error), created: [], rejected: [], counted: 0, retries: 0 }, () =>
        process.disconnect(),
      ),
  );
});
process.send?.('loaded');

async function run(count: number): Promise<ClientReport> {
  let retries = 0;
  const repo = await openSqliteRows({
    uri: file,
    events: {
      retry: () => {
        retries += 1;
      },
    },
  });
  const created: string[] = [];
  const rejected: string[] = [];
  let counted = 0;

  const padding = 'x'.repeat(1000);
  const attributes = `{"amount":"1","padding":"${padding}"}`;
  const create = async (id: string) => {
    try {
      await repo.create(newPayment(id, { attributes }), newCall());
      created.push(id);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'unavailable') {
        rejected.push(id);
      }
    }
  };
  const countUp = async () => {
    const payment = await repo.find('counter', newCall());
    if (payment !== null) {
      const { outcome } = await repo.update(newChange('counter', payment.version), newCall());
      counted += outcome === 'updated' ? 1 : 0;
    }
  };

  const ids = numbered(name, count);
  await Promise.all(
    numbered('', 8).map(async () => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
        await create(id);
        await countUp();
      }
    }),
  );
  await repo.close();
  return { error: null, created, rejected, counted, retries };
}
