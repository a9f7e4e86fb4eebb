import { newCall, newPayment } from './conformance/subject.js';
import { openRows } from './postgres-subject.js';

/*
 * One of several processes on one database, forked by the tests: `postgres-client.ts <uri> <name>`. It reports that it
 * is loaded, waits for a message, opens the repository, creates a payment, and reports null or its error.
 */

const [, , uri = '', name = ''] = process.argv;

async function run(): Promise<void> {
  const table = { schema: 'eight', table: 'payments' };
  const repo = await openRows({ uri, table, poolSize: 2 });
  await repo.create(newPayment(name), newCall());
  await repo.close();
}

process.once('message', () => {
  run().then(
    () => process.send?.({ error: null }, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.disconnect()),
  );
});
process.send?.('loaded');
