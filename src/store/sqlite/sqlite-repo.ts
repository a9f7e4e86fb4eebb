import type { Database } from 'better-sqlite3';
import { deadlineExceeded, isExpired } from '../batch.js';
import type { NewPayment, PageRequest, PaymentChange, Repo, RepoCall, RepoEvents } from '../repo.js';
import { retryWhileBusy } from './busy.js';
import { isBusy, toRepoError } from './errors.js';
import { listPage } from './list.js';
import type { Statements } from './statements.js';
import type { Writes } from './writes.js';

/** What the repository is made of. */
export interface SqliteParts {
  readonly database: Database;
  readonly statements: Statements;
  readonly writes: Writes;
  readonly events: RepoEvents;
  /** Whether other processes may write to the database too. */
  readonly shared: boolean;
}

/**
 * Payments in SQLite. Reads run at once on the one connection, so they see every acknowledged write; how writes are
 * committed is the business of `writes`.
 *
 * @param parts - an open, migrated database and what works on it
 */
export function sqliteRepo({ database, statements, writes, events, shared }: SqliteParts): Repo {
  const list = (page: PageRequest) => listPage(statements, page);
  // Both statements of a page read one state of the database, whatever other processes commit meanwhile.
  const listAfter = shared ? database.transaction(list) : list;

  async function read<R>(call: RepoCall, query: () => R): Promise<R> {
    if (isExpired(call, performance.now())) {
      throw deadlineExceeded();
    }
    try {
      return query();
    } catch (error) {
      if (!isBusy(error)) {
        throw toRepoError(error);
      }
    }
    try {
      return await retryWhileBusy(query, () => (call.abandoned ? 0 : call.deadline), events.retry?.bind(events));
    } catch (error) {
      throw toRepoError(error);
    }
  }

  return {
    createPayment: (payment: NewPayment, call) => writes.write(call, () => statements.create(payment)),
    updatePayment: (change: PaymentChange, call) => writes.write(call, () => statements.update(change)),
    deletePayment: (id, version, call) => writes.write(call, () => statements.delete(id, version)),
    deleteAllPayments: (call) => writes.write(call, statements.deleteAll),
    findPayment: (id, call) => read(call, () => statements.find(id)),
    listPayments: (page, call) => read(call, () => (page.kind === 'after' ? listAfter(page) : list(page))),
    countPayments: (call) => read(call, statements.count),
    ping: (call) => read(call, statements.ping),

    async close() {
      await writes.drain();
      if (!database.open) {
        return;
      }
      try {
        database.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // The write-ahead log is then simply read at the next start.
      }
      database.close();
    },
  };
}
