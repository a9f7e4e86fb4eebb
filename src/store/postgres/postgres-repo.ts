import { Batcher } from '../batch.js';
import { type Repo, type RepoCall, RepoError, type RepoEvents } from '../repo.js';
import { isJoinable } from './joined-texts.js';
import type { PendingCalls } from './pending-calls.js';
import { executeFinds, executeListings } from './reads.js';
import type { Session } from './session.js';
import type { Statements } from './statements.js';
import { creations, deletions, updates } from './write-kinds.js';
import { executeWrites, type Write, type WriteKind } from './writes.js';

/** What the repository is made of. */
export interface PostgresParts {
  readonly session: Session;
  readonly statements: Statements;
  readonly pending: PendingCalls;
  readonly events: RepoEvents;
}

/** Greater batches save nothing more, and one that fails must be halved more often. */
const BATCH_LIMIT = 128;
const LISTING_BATCH_LIMIT = 16;
/** Some of the time for which an impatient client waits, who may have to wait for the batch before its own as well. */
const BATCH_TARGET_MS = 100;
const QUEUE_LIMIT = 4_096;

/** All bodies of writes that wait, together. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Payments in Postgres. Calls that arrive together share a statement. Of each kind of write one statement is under way
 * at a time, so that the next one collects what comes meanwhile; of reads two, which no lock can make wait.
 *
 * @param parts - what works on an open, migrated database
 */
export function postgresRepo({ session, statements, pending, events }: PostgresParts): Repo {
  let waitingBytes = 0;

  const onBatch = (operation: string) => (size: number, durationSeconds: number) =>
    events.batch?.(operation, size, durationSeconds);

  function writer<Item extends Write, Row extends { readonly id: string }, Outcome>(
    operation: string,
    kind: WriteKind<Item, Row, Outcome>,
  ): (item: Item) => Promise<Outcome> {
    const batcher = new Batcher<Item, Outcome>({
      flush: (items) => executeWrites(session, kind, items),
      inFlightLimit: 1,
      batchLimit: BATCH_LIMIT,
      batchTargetMs: BATCH_TARGET_MS,
      queueLimit: QUEUE_LIMIT,
      onBatch: onBatch(operation),
    });
    return async (item) => {
      if (!kind.texts(item).every(isJoinable)) {
        throw new RepoError('broken', 'a text of the payment has a control character that no payment may have');
      }
      const bytes = kind.sizeBytes(item);
      if (waitingBytes + bytes > WAITING_LIMIT_BYTES) {
        throw new RepoError('overloaded', 'too much data waits to be written');
      }
      waitingBytes += bytes;
      try {
        return await pending.track(item.call, true, () => available(() => batcher.add(item)));
      } finally {
        waitingBytes -= bytes;
      }
    };
  }

  /** While the breaker is open nothing joins a queue: it might be one that waits for a server that hangs. */
  function available<T>(work: () => Promise<T>): Promise<T> {
    return session.isAvailable
      ? work()
      : Promise.reject(new RepoError('unavailable', 'the circuit breaker is open: the database is away'));
  }

  const create = writer('createPayment', creations(statements));
  const update = writer('updatePayment', updates(statements));
  const remove = writer('deletePayment', deletions(statements));
  const finds = new Batcher({
    flush: (items: Parameters<typeof executeFinds>[2]) => executeFinds(session, statements, items),
    inFlightLimit: 2,
    batchLimit: BATCH_LIMIT,
    batchTargetMs: BATCH_TARGET_MS,
    queueLimit: QUEUE_LIMIT,
    onBatch: onBatch('findPayment'),
  });
  const listings = new Batcher({
    flush: (items: Parameters<typeof executeListings>[2]) => executeListings(session, statements, items),
    inFlightLimit: 2,
    batchLimit: LISTING_BATCH_LIMIT,
    batchTargetMs: BATCH_TARGET_MS,
    queueLimit: QUEUE_LIMIT,
    onBatch: onBatch('listPayments'),
  });

  const read = <T>(call: RepoCall, work: () => Promise<T>): Promise<T> =>
    pending.track(call, false, () => available(work));

  return {
    createPayment: (payment, call) => create({ id: payment.id, payment, call }),
    updatePayment: (change, call) => update({ id: change.id, change, call }),
    deletePayment: (id, version, call) => remove({ id, version, call }),
    findPayment: (id, call) => read(call, () => finds.add({ id, call })),
    listPayments: (page, call) => read(call, () => listings.add({ page, call })),

    countPayments: (call) =>
      read(call, async () => {
        const [row] = await session.rows(statements.count, { write: false, values: () => [] });
        return Number(row?.count);
      }),

    deleteAllPayments: (call) =>
      pending.track(call, true, async () => {
        await session.rows(statements.deleteAll, {
          write: true,
          values: () => {
            call.sent = true;
            return [];
          },
          undone: () => {
            call.sent = false;
          },
        });
      }),

    ping: (call) => pending.track(call, false, () => session.ping()),

    async close() {
      // Each call is answered, by its deadline at the latest; what a hung server still holds then interests nobody.
      await pending.empty();
      await session.close();
      pending.close();
    },
  };
}
