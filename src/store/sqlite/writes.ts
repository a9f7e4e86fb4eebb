import type { Database } from 'better-sqlite3';
import { Batcher, deadlineExceeded, isExpired } from '../batching/batch.js';
import { type Call, StoreError, type StoreEvents } from '../types.js';
import { isBusy, isCommitInDoubt, isOwnError, retryWhileBusy, toStoreError } from './errors.js';
import type { SqliteStatements } from './sql.js';

/** This number of statements still runs in a few milliseconds, in which the event loop stands still. */
const BATCH_LIMIT = 256;

const QUEUE_LIMIT = 4096;

/** How long a successful write is believed to show that the next one would succeed, ms: a probe costs a sync of the disk. */
const BELIEVED_MS = 500;

/**
 * Gives out the positions of one resource inside a transaction. SQLite has one writer at a time, so they are in the order of
 * commits, whichever processes write. The log is read once a transaction and written once; all changes in it have one time.
 */
export class ChangeLog {
  #isOpen = false;
  #hasChanges = false;
  #isTouched = false;
  #last = 0;
  #atMs = 0;
  /** The position of the first of the rows that were created last and are not recorded yet. */
  #createdFrom: number | null = null;

  /** @param statements - of the resource */
  constructor(private readonly statements: Pick<SqliteStatements, 'readLog' | 'writeLog' | 'addCreated'>) {}

  /** The position that the next change would get. Positions fit into a double for centuries. */
  next(): number {
    if (!this.#isOpen) {
      const [last = 0, atMs = 0] = this.statements.readLog.get() ?? [];
      this.#isOpen = true;
      this.#last = last;
      this.#atMs = Math.max(atMs, Date.now());
    }
    return this.#last + 1;
  }

  /** When the changes of this transaction happen, ms since 1970: never before those of the last one. */
  get atMs(): number {
    return this.#atMs;
  }

  /**
   * The row at `next()` was created, without a key. Many of these are recorded at once, by copying the rows: it takes half the time
   * of one statement for each.
   */
  takeCreated(): void {
    this.#createdFrom ??= this.next();
    this.take();
  }

  /** Records what was created. To be called before anything else is written, for that may change the rows. */
  record(): void {
    const first = this.#createdFrom;
    if (first !== null) recorded(() => this.statements.addCreated.run(this.#atMs, first, this.#last));
    this.#createdFrom = null;
  }

  /** The change was written: its position is taken. */
  take(): void {
    this.#last += 1;
    this.#hasChanges = true;
  }

  /** To be called before the commit: stores what was given out. @returns whether there was anything to store */
  save(): boolean {
    this.record();
    if (this.#hasChanges) this.statements.writeLog.run(this.#last, this.#atMs);
    return this.#hasChanges || this.#isTouched;
  }

  /** Changes what is stored and stores it again as it was, so that a commit has something to write. */
  touch(): void {
    const [last = 0, atMs = 0] = this.statements.readLog.get() ?? [];
    this.statements.writeLog.run(last, atMs + 1);
    this.statements.writeLog.run(last, atMs);
    this.#isTouched = true;
  }

  /** To be called after the transaction, however it ended. */
  end(): void {
    this.#isOpen = false;
    this.#hasChanges = false;
    this.#isTouched = false;
    this.#createdFrom = null;
  }

  /** The last position that was committed. */
  last(): number {
    return this.statements.readLog.get()?.[0] ?? 0;
  }
}

/**
 * Runs what records a change. Where that fails, the write must not stay: all is rolled back.
 *
 * @param record - adds the change of a write that was done
 */
export function recorded(record: () => unknown): void {
  try {
    record();
  } catch (cause) {
    throw isOwnError(cause) ? new Error('a write could not be recorded as a change', { cause }) : cause;
  }
}

/** A write on its way through the batcher; the caller finds what its statement gave in `outcome`. */
class PendingWrite<R> {
  outcome: { readonly value: R } | null = null;

  constructor(
    readonly call: Call,
    private readonly statement: () => R,
  ) {}

  /** @returns the statement's own error, which leaves the transaction intact */
  execute(): undefined | StoreError {
    try {
      this.outcome = { value: this.statement() };
      return undefined;
    } catch (error) {
      if (error instanceof StoreError || isOwnError(error)) return toStoreError(error);
      throw error;
    }
  }
}

export interface WritesParts {
  readonly database: Database;
  /** Of all resources. */
  readonly logs: readonly ChangeLog[];
  /** Told of batches and retries. */
  readonly events: StoreEvents;
  /** Called before each commit; see `fileIdentity`. */
  readonly checkFile: () => void;
  /** Makes the error that callers get. */
  readonly failure: (error: unknown) => StoreError;
}

/**
 * Writes that arrive together share one transaction, so that one sync makes all of them durable. In memory there is no disk
 * to wait for, but a commit still looks at every page of the database after an index page was split. Between BEGIN and
 * COMMIT nothing else runs in this process, so no read can see what is not committed yet.
 *
 * @param parts - the connection, in write-ahead mode where it is a file's, and what works on it
 */
export function groupCommitWrites({ database, logs, events, checkFile, failure }: WritesParts) {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const onRetry = events.retry?.bind(events);
  /** When something was written last, unless a write has failed since. A commit of nothing succeeds on a read-only disk as well. */
  let writtenMs = Number.NEGATIVE_INFINITY;

  /** One attempt at a transaction. Throws only when nothing of it was kept, or `outcome_unknown`. */
  function transact<T>(calls: readonly Call[], work: () => T): T {
    let isAtCommit = false;
    try {
      begin.run();
      const result = work();
      const saved = logs.map((log) => log.save());
      checkFile();
      isAtCommit = true;
      commit.run();
      if (saved.includes(true)) writtenMs = performance.now();
      return result;
    } catch (error) {
      // SQLite has already rolled back after some errors, a full disk among them.
      if (database.inTransaction) rollback.run();
      if (!isBusy(error)) writtenMs = Number.NEGATIVE_INFINITY;
      if (!isAtCommit || !isCommitInDoubt(error)) throw error;
      for (const call of calls) call.pendingWrites += 1;
      const { reason } = toStoreError(error);
      const cause = { cause: error, ...(reason !== null && { reason }) };
      throw new StoreError('outcome_unknown', 'the disk failed while a transaction was made durable', cause);
    } finally {
      for (const log of logs) log.end();
    }
  }

  async function patiently<T>(calls: readonly Call[], work: () => T): Promise<T> {
    const deadline = () => Math.max(...calls.map((call) => (call.abandoned ? 0 : call.deadline)));
    try {
      return await retryWhileBusy(() => transact(calls, work), deadline, onRetry);
    } catch (error) {
      throw failure(error);
    }
  }

  const batcher = new Batcher<PendingWrite<unknown>, undefined>({
    flush: (batch) =>
      patiently(
        batch.map(({ call }) => call),
        () => {
          const now = performance.now();
          return batch.map((write) => (isExpired(write.call, now) ? deadlineExceeded() : write.execute()));
        },
      ),
    inFlightLimit: 1,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    onBatch: (size, durationSeconds) => events.batch?.('write', size, durationSeconds),
  });

  return {
    /**
     * Executes one write, durably once the promise resolves.
     *
     * @param call - for whom
     * @param statement - synchronous; may run again after everything it did was rolled back
     * @throws StoreError
     */
    async write<R>(call: Call, statement: () => R): Promise<R> {
      const pending = new PendingWrite(call, statement);
      await batcher.add(pending);
      if (pending.outcome === null) throw new StoreError('broken', 'a write was acknowledged that never ran');
      return pending.outcome.value;
    },
    /** Resolves where writes work. Something is written unless a write has just succeeded: a disk may turn read-only at any time. */
    probe: (call: Call): Promise<void> =>
      patiently([call], () => {
        if (performance.now() - writtenMs > BELIEVED_MS) for (const log of logs) log.touch();
      }),
    /** Resolves once no write is waiting or in flight. */
    drain: () => batcher.drain(),
  };
}
