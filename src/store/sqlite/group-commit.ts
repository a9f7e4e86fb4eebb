import type { Database } from 'better-sqlite3';
import { Batcher, deadlineExceeded, isExpired } from '../batch.js';
import { type RepoCall, RepoError, type RepoEvents } from '../repo.js';
import { retryWhileBusy } from './busy.js';
import { isCommitInDoubt, isOwnFault, toRepoError } from './errors.js';
import type { Writes } from './writes.js';

/** So many statements still run in a few milliseconds, in which the event loop stands still. */
const BATCH_LIMIT = 256;

const QUEUE_LIMIT = 4096;

/** A write on its way through the batcher; the caller finds what its statement gave in `outcome`. */
class PendingWrite<R> {
  outcome: { readonly value: R } | null = null;

  constructor(
    readonly call: RepoCall,
    private readonly statement: () => R,
  ) {}

  execute(): void {
    this.outcome = { value: this.statement() };
  }
}

/**
 * Writes to a file, where a commit waits for the disk: those that arrive together share one transaction, so that one
 * sync makes all of them durable. Between BEGIN and COMMIT nothing else runs in this process, so no read can see what
 * is not committed yet.
 *
 * @param database - the connection; in write-ahead mode
 * @param events - told of batches and retries
 */
export function groupCommitWrites(database: Database, events: RepoEvents): Writes {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');

  /** One attempt at a whole batch. Throws only when nothing of it was kept; a statement's own fault is its result. */
  function transact(batch: readonly PendingWrite<unknown>[]): (undefined | Error)[] {
    let atCommit = false;
    const now = performance.now();
    const results: (undefined | Error)[] = [];
    try {
      begin.run();
      for (const write of batch) {
        results.push(isExpired(write.call, now) ? deadlineExceeded() : executeOne(write));
      }
      atCommit = true;
      commit.run();
      return results;
    } catch (error) {
      // SQLite has already rolled back after some errors, a full disk among them.
      if (database.inTransaction) {
        rollback.run();
      }
      if (atCommit && isCommitInDoubt(error)) {
        throw new RepoError('outcome_unknown', 'the disk failed while a transaction was made durable', {
          cause: error,
        });
      }
      for (const { call } of batch) {
        call.sent = false;
      }
      throw error;
    }
  }

  async function flush(batch: readonly PendingWrite<unknown>[]): Promise<readonly (undefined | Error)[]> {
    const deadline = () => Math.max(...batch.map(({ call }) => (call.abandoned ? 0 : call.deadline)));
    try {
      return await retryWhileBusy(() => transact(batch), deadline, events.retry?.bind(events));
    } catch (error) {
      throw toRepoError(error);
    }
  }

  const batcher = new Batcher<PendingWrite<unknown>, undefined>({
    flush,
    inFlightLimit: 1,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    onBatch: (size, durationSeconds) => events.batch?.('write', size, durationSeconds),
  });

  return {
    async write(call, statement) {
      const pending = new PendingWrite(call, statement);
      await batcher.add(pending);
      if (pending.outcome === null) {
        throw new RepoError('broken', 'a write was acknowledged that never ran');
      }
      return pending.outcome.value;
    },
    drain: () => batcher.drain(),
  };
}

function executeOne(write: PendingWrite<unknown>): undefined | Error {
  write.call.sent = true;
  try {
    write.execute();
    return undefined;
  } catch (error) {
    if (error instanceof RepoError || isOwnFault(error)) {
      return toRepoError(error);
    }
    throw error;
  }
}
