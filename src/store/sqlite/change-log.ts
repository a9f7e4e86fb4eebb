import type { Database } from 'better-sqlite3';

/** The last position given out, and the time of its change, ms since 1970. */
export interface LogState {
  readonly last: number;
  readonly atMs: number;
}

/** Gives out the positions of one resource inside a transaction. */
export interface ChangeLog {
  /** What the next change would get. Positions fit into a double for centuries. */
  next(): LogState;
  /** The change was written: its position is taken. */
  take(next: LogState): void;
  /** To be called before the commit: stores what was given out. */
  save(): void;
  /** To be called after the commit, or after everything was rolled back. */
  end(isCommitted: boolean): void;
  /** The last position that was committed. */
  last(): number;
}

/**
 * The log of one resource. SQLite has one writer at a time, so positions that are given out in its transaction are in the order
 * of commits, whichever processes write.
 *
 * @param database - the connection
 * @param sql - how the log is read and written
 * @param isShared - whether other connections can write; a database in memory is read once and written never
 */
export function createChangeLog(
  database: Database,
  sql: { readonly readLog: string; readonly writeLog: string },
  isShared: boolean,
): ChangeLog {
  const read = database.prepare<[], [last: number, atMs: number]>(sql.readLog).raw();
  const write = database.prepare<[number, number]>(sql.writeLog);
  /** In the transaction; null where it has written nothing yet. */
  let state: LogState | null = null;
  let committed = isShared ? null : load();

  function load(): LogState {
    const [last = 0, atMs = 0] = read.get() ?? [];
    return { last, atMs };
  }

  return {
    next() {
      const { last, atMs } = state ?? committed ?? load();
      return { last: last + 1, atMs: Math.max(atMs, Date.now()) };
    },
    take(next) {
      state = next;
    },
    save() {
      if (state !== null && isShared) write.run(state.last, state.atMs);
    },
    end(isCommitted) {
      if (isCommitted && !isShared && state !== null) committed = state;
      state = null;
    },
    last: () => (committed ?? load()).last,
  };
}
