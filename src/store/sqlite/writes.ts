import type { Database } from 'better-sqlite3';
import { Batcher, deadlineExceeded, isExpired } from '../batch.js';
import { type Call, StoreError, type StoreEvents } from '../types.js';
import { retryWhileBusy } from './busy.js';
import type { ChangeLog } from './change-log.js';
import { isBusy, isCommitInDoubt, isOwnError, toStoreError } from './errors.js';
import type { FileIdentity } from './file-identity.js';

/** So many statements still run in a few milliseconds, in which the event loop stands still. */
const BATCH_LIMIT = 256;

const QUEUE_LIMIT = 4096;

/** How writes reach the database: one by one, or joined into shared transactions. */
export interface Writes {
  /**
   * Executes one write, durably once the promise resolves.
   *
   * @param call - for whom
   * @param statement - synchronous; may run again after everything it did was rolled back
   * @throws StoreError
   */
  write<R>(call: Call, statement: () => R): Promise<R>;
  /** Resolves where writes work. A commit is tried where the last one failed, else only that the file takes a writer. */
  probe(call: Call): Promise<void>;
  /** Resolves once no write is waiting or in flight. */
  drain(): Promise<void>;
}

/** A write on its way through the batcher; the caller finds what its statement gave in `outcome`. */
class PendingWrite<R> {
  outcome: { readonly value: R } | null = null;

  constructor(
    readonly call: Call,
    private readonly statement: () => R,
  ) {}

  execute(): void {
    this.outcome = { value: this.statement() };
  }
}

/** Begins, commits and rolls back a transaction together with what the logs gave out in it. */
function prepareTransaction(database: Database, logs: readonly ChangeLog[]) {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  return {
    begin: () => void begin.run(),
    /** Changes what is there to what it is, so that a commit has something to write. */
    touch() {
      for (const log of logs) log.take({ ...log.next(), last: log.last() });
    },
    commit() {
      commit.run();
      for (const log of logs) log.end(true);
    },
    save() {
      for (const log of logs) log.save();
    },
    rollback() {
      // SQLite has already rolled back after some errors, a full disk among them.
      if (database.inTransaction) rollback.run();
      for (const log of logs) log.end(false);
    },
  };
}

/**
 * Writes to a database in memory, each in a transaction of its own at once: there is no disk to wait for, so joining them
 * would save a microsecond of some ten and cost a turn of the event loop. All of a write happens in one synchronous stretch,
 * which nothing can come between.
 *
 * @param database - the connection
 * @param logs - of all resources
 */
export function immediateWrites(database: Database, logs: readonly ChangeLog[]): Writes {
  const transaction = prepareTransaction(database, logs);
  return {
    async write(call, statement) {
      if (isExpired(call, performance.now())) throw deadlineExceeded();
      try {
        transaction.begin();
        const result = statement();
        transaction.save();
        transaction.commit();
        return result;
      } catch (error) {
        transaction.rollback();
        throw toStoreError(error);
      }
    },
    async probe() {},
    async drain() {},
  };
}

interface GroupCommitParts {
  readonly database: Database;
  readonly logs: readonly ChangeLog[];
  readonly events: StoreEvents;
  readonly file: FileIdentity;
}

/**
 * Writes to a file, where a commit waits for the disk: those that arrive together share one transaction, so that one
 * sync makes all of them durable. Between BEGIN and COMMIT nothing else runs in this process, so no read can see what
 * is not committed yet.
 *
 * @param parts - `database`: the connection, in write-ahead mode; `logs`: of all resources; `events`: told of batches and
 *   retries; `file`: looked at before each commit
 */
export function groupCommitWrites({ database, logs, events, file }: GroupCommitParts): Writes {
  const transaction = prepareTransaction(database, logs);
  const onRetry = events.retry?.bind(events);
  let hasFailed = false;

  /** One attempt at a whole batch. Throws only when nothing of it was kept; a statement's own error is its result. */
  function transact(batch: readonly PendingWrite<unknown>[]): (undefined | Error)[] {
    let isAtCommit = false;
    const now = performance.now();
    const results: (undefined | Error)[] = [];
    try {
      transaction.begin();
      for (const write of batch) {
        results.push(isExpired(write.call, now) ? deadlineExceeded() : executeOne(write));
      }
      transaction.save();
      file.check();
      isAtCommit = true;
      transaction.commit();
      hasFailed = false;
      return results;
    } catch (error) {
      transaction.rollback();
      hasFailed = !isBusy(error);
      if (!isAtCommit || !isCommitInDoubt(error)) throw error;
      for (const { call } of batch) call.pendingWrites += 1;
      throw new StoreError('outcome_unknown', 'the disk failed while a transaction was made durable', { cause: error });
    }
  }

  async function flush(batch: readonly PendingWrite<unknown>[]): Promise<readonly (undefined | Error)[]> {
    const deadline = () => Math.max(...batch.map(({ call }) => (call.abandoned ? 0 : call.deadline)));
    try {
      return await retryWhileBusy(() => transact(batch), deadline, onRetry);
    } catch (error) {
      throw toStoreError(error);
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
        throw new StoreError('broken', 'a write was acknowledged that never ran');
      }
      return pending.outcome.value;
    },
    async probe(call) {
      const probe = () => {
        try {
          transaction.begin();
          if (hasFailed) transaction.touch();
          transaction.save();
          transaction.commit();
          hasFailed = false;
        } finally {
          if (database.inTransaction) transaction.rollback();
        }
      };
      try {
        await retryWhileBusy(probe, () => (call.abandoned ? 0 : call.deadline), onRetry);
      } catch (error) {
        throw toStoreError(error);
      }
    },
    drain: () => batcher.drain(),
  };
}

function executeOne(write: PendingWrite<unknown>): undefined | Error {
  try {
    write.execute();
    return undefined;
  } catch (error) {
    if (error instanceof StoreError || isOwnError(error)) {
      return toStoreError(error);
    }
    throw error;
  }
}
