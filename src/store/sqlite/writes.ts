import type { Database } from 'better-sqlite3';
import { renderSql } from '../migrations/files.js';
import { type Tables, textRow } from '../tables.js';
import {
  type ColumnValue,
  type CreateOutcome,
  type DeleteOutcome,
  type GuardRow,
  type Idempotency,
  type NewRow,
  type Rejection,
  type Replay,
  type ResourceDescription,
  type Row,
  StoreError,
  type UpdateOutcome,
} from '../types.js';
import { sqliteCode, toStoreError } from './errors.js';
import type { ChangeLog } from './group-commit.js';
import { changeOf, ROW_OF_CHANGE, rowOf, type SqliteStatements } from './statements.js';

const NOT_WRITTEN = 'the row was not written, for example because of a trigger';

/**
 * The writes of a resource, each a synchronous step of a transaction. Every successful write adds its change in the
 * same transaction.
 *
 * @param log - assigns the positions
 * @param guard - see `prepareGuard`
 */
export function createWrites<Column extends string>(
  { columns, filter }: ResourceDescription<Column>,
  statements: SqliteStatements,
  log: ChangeLog,
  guard: ReturnType<typeof prepareGuard<Column>>,
) {
  const { updateFiltered, findAny } = statements;
  const unfiltered = columns.filter((column) => column !== filter);

  function update(position: number, row: Row<Column, ColumnValue>, values: readonly ColumnValue[]): boolean {
    const { id, version } = row;
    if (updateFiltered !== null && filter !== null) {
      const others = unfiltered.map((column) => row[column]);
      if (updateFiltered.run(position, ...others, id, version, row[filter]).changes === 1) return true;
    }
    return statements.update.run(position, ...values, id, version).changes === 1;
  }

  const valuesOf = (row: NewRow<Column, ColumnValue>): ColumnValue[] => columns.map((column) => row[column]);

  /** The outcome of a write whose key was used before. */
  function replayOf({ key, fingerprint }: Idempotency): Replay<Column> | null {
    const found = statements.changeOfKey.get(key);
    if (found === undefined) return null;
    const [storedFingerprint, ...change] = found;
    if (storedFingerprint !== fingerprint) return { outcome: 'key_reused' };
    return { outcome: 'replayed', change: changeOf(change, rowOf(columns, change, ROW_OF_CHANGE)) };
  }

  /** Why an update or delete found no row. */
  function rejection(id: string, version: number): Rejection {
    const currentVersion = statements.findVersion.get(id);
    if (currentVersion === undefined) return { outcome: 'not_found' };
    if (currentVersion === version) throw new StoreError('broken', NOT_WRITTEN);
    return { outcome: 'version_conflict', currentVersion };
  }

  return {
    create(row: NewRow<Column, ColumnValue>, idempotency: Idempotency | undefined): CreateOutcome<Column> {
      const replay = idempotency && replayOf(idempotency);
      if (replay) return replay;
      if (guard !== null) {
        if (findAny.get(row.id) !== undefined) return { outcome: 'exists' };
        const verdict = guard(row);
        if (verdict !== null) return { outcome: 'rejected', verdict };
      }
      const values = valuesOf(row);
      const position = log.next;
      if (statements.create.run(position, position, row.id, ...values).changes === 0) {
        if (findAny.get(row.id) !== undefined) return { outcome: 'exists' };
        throw new StoreError('broken', NOT_WRITTEN);
      }
      if (idempotency === undefined) log.takeCreated();
      else log.add('created', position, row.id, 0, values, idempotency);
      return { outcome: 'created' };
    },

    update(row: Row<Column, ColumnValue>, idempotency: Idempotency | undefined): UpdateOutcome<Column> {
      const replay = idempotency && replayOf(idempotency);
      if (replay) return replay;
      const { id, version } = row;
      const values = valuesOf(row);
      log.record();
      if (!update(log.next, row, values)) return rejection(id, version);
      log.add('updated', null, id, version + 1, values, idempotency);
      return { outcome: 'updated', version: version + 1 };
    },

    delete(id: string, version: number, idempotency: Idempotency | undefined): DeleteOutcome<Column> {
      const replay = idempotency && replayOf(idempotency);
      if (replay) return replay;
      log.record();
      if (statements.delete.run(log.next, id, version).changes === 0) return rejection(id, version);
      log.add('deleted', null, id, version, findAny.get(id)?.slice(2) ?? [], idempotency);
      return { outcome: 'deleted' };
    },

    deleteAll(): DeleteOutcome<Column> {
      log.record();
      statements.deleteRows.run();
      statements.deleteChanges.run();
      return { outcome: 'deleted' };
    },
  };
}

/** The guard as a function; null if the resource has none. */
export function prepareGuard<Column extends string>(
  database: Database,
  { guard, columns }: ResourceDescription<Column>,
  tables: Tables,
): ((row: NewRow<Column, ColumnValue>) => string | null) | null {
  if (guard === undefined) return null;
  const query = database.prepare<string[], GuardRow>(renderSql(guard.sql.sqlite3, tables));
  return (row) => {
    const text = textRow(columns, row);
    try {
      return guard.decide(text, query.all(...guard.parameters(text)));
    } catch (cause) {
      // It has changed nothing, so only its own write fails.
      throw sqliteCode(cause) === '' ? new StoreError('broken', 'the guard failed', { cause }) : toStoreError(cause);
    }
  };
}
