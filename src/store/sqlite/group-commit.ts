import type { Database } from 'better-sqlite3';
import { Batcher, deadlineExceeded, isExpired } from '../batch.js';
import { type Call, type ChangeKind, type Idempotency, StoreError, type StoreEvents } from '../types.js';
import { CHECKPOINT_PAGES } from './connection.js';
import { isBusy, isCommitInDoubt, isOwnError, sqliteCode, toStoreError } from './errors.js';
import type { FileChecks } from './file-checks.js';
import type { Cell, SqliteStatements } from './statements.js';

/** This number of statements blocks the event loop for only a few milliseconds. */
const BATCH_LIMIT = 256;

const QUEUE_LIMIT = 4096;

/**
 * With fewer writes in a transaction, short pauses matter more than throughput: with the usual checkpoints, the 99th
 * percentile is 11 ms instead of 4.
 */
const FEW_WRITES = 8;
const SHORT_CHECKPOINT_PAGES = 500;

/** How long a successful write counts as proof that the next one would succeed; a probe costs a sync of the disk. */
const TRUSTED_MS = 500;

/**
 * Assigns the positions of one resource in a transaction. SQLite has one writer at a time, so they are in commit order.
 * The log is read and written once per transaction; all its changes have the same time.
 */
export class ChangeLog {
  /** The position of the next change. Positions fit into a double for centuries. Only this class sets it and `atMs`. */
  next = 1;
  /** The time of this transaction's changes, ms since 1970; never before that of the last one. */
  atMs = 0;
  /** The last position when the transaction began. */
  #stored = 0;
  /** The position of the first created row that is not recorded yet. */
  #createdFrom: number | null = null;

  constructor(
    private readonly resource: string,
    private readonly statements: Pick<SqliteStatements, 'readLog' | 'writeLog' | 'addCreated' | 'addChange'>,
  ) {}

  /** Called at the beginning of a transaction. */
  begin(): void {
    const [last, atMs] = this.read();
    this.#stored = last;
    this.next = last + 1;
    this.atMs = Math.max(atMs, Date.now());
    this.#createdFrom = null;
  }

  /** Takes the position of a row created without a key. Such rows are recorded together, in half the time. */
  takeCreated(): void {
    this.#createdFrom ??= this.next;
    this.next += 1;
  }

  /** Records the created rows. Must be called before any other write, which may change them. */
  record(): void {
    const first = this.#createdFrom;
    if (first !== null) recorded(() => this.statements.addCreated.run(this.atMs, first, this.next - 1));
    this.#createdFrom = null;
  }

  /** Records another change, and takes its position. `seq` is null if it is not known. */
  add(
    kind: ChangeKind,
    seq: number | null,
    id: string,
    version: number,
    values: readonly (Cell | Buffer)[],
    idempotency: Idempotency | undefined,
  ): void {
    this.record();
    const { key = null, fingerprint = null } = idempotency ?? {};
    recorded(() =>
      this.statements.addChange.run(this.next, seq, id, kind, this.atMs, key, fingerprint, id, version, ...values),
    );
    this.next += 1;
  }

  /** Stores the log before the commit. @returns whether there was anything to store */
  save(): boolean {
    this.record();
    const last = this.next - 1;
    const isChanged = last > this.#stored;
    if (isChanged) this.statements.writeLog.run(last, this.atMs);
    return isChanged;
  }

  /** Changes the time, so that the commit has something to write. */
  touch(): void {
    this.atMs += 1;
    this.#stored = -1;
  }

  /** The last committed position and its time. */
  read(): [last: number, atMs: number] {
    const stored = this.statements.readLog.get();
    if (stored !== undefined) return stored;
    const problem = `the log of ${this.resource} is empty, or its position is less than that of the last change`;
    throw new StoreError('unavailable', problem, { reason: 'log_behind' });
  }
}

/** Runs the statement that records a change. If it fails, the whole transaction must be rolled back. */
function recorded(record: () => unknown): void {
  try {
    record();
  } catch (cause) {
    throw isOwnError(cause) ? new Error('a write could not be recorded as a change', { cause }) : cause;
  }
}

const WRITTEN: ReadonlySet<string> = new Set<ChangeKind>(['created', 'updated', 'deleted']);

interface PendingWrite {
  readonly call: Call;
  /** Throws an error of the database, after which the transaction must be rolled back. @returns any other error */
  execute(): undefined | StoreError;
}

export interface GroupCommitParts {
  readonly database: Database;
  /** Of all resources. */
  readonly logs: readonly ChangeLog[];
  readonly events: StoreEvents;
  /** Null for a database in memory. */
  readonly file: FileChecks | null;
  readonly retried: <T>(calls: readonly Call[], work: () => T) => Promise<T>;
  readonly onCommit: () => void;
}

/**
 * Writes that arrive together share one transaction, so one sync makes all of them durable. In memory there is no disk,
 * but a commit still examines every page after an index page has split. Nothing else runs in this process between BEGIN
 * and COMMIT, so no read sees uncommitted data.
 *
 * @param parts - the connection, in write-ahead mode if it is a file
 */
export function createGroupCommit({ database, logs, events, file, retried, onCommit }: GroupCommitParts) {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  /** The time of the last write, unless one has failed since. A read-only disk accepts commits without changes. */
  let writtenMs = Number.NEGATIVE_INFINITY;
  let checkpointPages = CHECKPOINT_PAGES;

  /** Rejects only if the transaction was rolled back, or with `outcome_unknown`. */
  function transaction<T>(calls: readonly Call[], work: () => T): Promise<T> {
    return retried(calls, () => {
      let isAtCommit = false;
      try {
        begin.run();
        for (const log of logs) log.begin();
        const result = work();
        const saved = logs.map((log) => log.save());
        file?.checkFile();
        file?.checkLog();
        const pages = calls.length < FEW_WRITES ? SHORT_CHECKPOINT_PAGES : CHECKPOINT_PAGES;
        if (file && pages !== checkpointPages) database.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
        checkpointPages = pages;
        isAtCommit = true;
        commit.run();
        onCommit();
        if (saved.includes(true)) writtenMs = performance.now();
        return result;
      } catch (error) {
        // SQLite has rolled back already after some errors, for example a full disk.
        if (database.inTransaction) rollback.run();
        if (!isBusy(error)) writtenMs = Number.NEGATIVE_INFINITY;
        if (!isAtCommit || !isCommitInDoubt(error)) throw error;
        for (const call of calls) call.pendingWrites += 1;
        const reason = sqliteCode(error);
        throw new StoreError('outcome_unknown', 'the disk failed while a transaction was made durable', {
          cause: error,
          reason,
        });
      }
    });
  }

  const batcher = new Batcher<PendingWrite, undefined>({
    flush: (batch) =>
      transaction(
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
     * Executes a write, which is durable when the promise resolves.
     *
     * @param statement - synchronous; may run again after a rollback
     * @throws StoreError
     */
    async write<R extends { readonly outcome: string }>(call: Call, statement: () => R): Promise<R> {
      let result: R | undefined;
      const execute = () => {
        try {
          result = statement();
          return undefined;
        } catch (error) {
          const isOwn = error instanceof StoreError || isOwnError(error);
          // A trigger may have rolled back the transaction, after which each statement would commit itself.
          if (isOwn && database.inTransaction) return toStoreError(error);
          throw error;
        }
      };
      await batcher.add({ call, execute });
      if (result === undefined) throw new StoreError('broken', 'a write was acknowledged that never ran');
      if (WRITTEN.has(result.outcome)) call.pendingWrites += 1;
      return result;
    },
    /**
     * Writes something unless a write has just succeeded: a disk may turn read-only at any time. On a full disk these few
     * bytes overwrite what a failed write left in the write-ahead log, where a larger write has no room.
     */
    probe: (call: Call): Promise<void> =>
      transaction([call], () => {
        if (performance.now() - writtenMs <= TRUSTED_MS) return;
        file?.checkRoom();
        for (const log of logs) log.touch();
      }),
    drain: () => batcher.drain(),
  };
}
