import type { Database } from 'better-sqlite3';
import {
  ARCHIVE_BATCH,
  type Archive,
  type ArchivedChange,
  type ArchivedRow,
  type ChangeSubject,
  changeIdentity,
  charactersOf,
  planWrites,
} from '../archive.js';
import { quoteIdentifier, quoteTable } from '../migrations/identifier.js';
import { type Cell, changeOf, rowOf } from '../rows.js';
import type { ResourceTables } from '../tables.js';
import type { ResourceDescription } from '../types.js';
import { retryWhileBusy, toStoreError } from './errors.js';

/** Positions are read as doubles, which are exact up to 2^53; half of them are left for what is to come. */
const POSITION_LIMIT = 2n ** 52n;

const LOCK_TIMEOUT_MS = 30_000;

/**
 * A resource in an SQLite database as it is stored.
 *
 * @param database - an open, migrated database that nothing else uses through this connection
 * @param resource - what is moved
 * @param tables - where it lives
 */
export function sqliteArchive<Column extends string>(
  database: Database,
  resource: ResourceDescription<Column>,
  tables: ResourceTables,
): Archive<Column> {
  const { columns } = resource;
  const [rows, changes, log] = [tables.rows, tables.changes, tables.log].map(quoteTable);
  const all = ['id', 'version', ...columns.map(quoteIdentifier)].join(', ');
  const marks = columns.map(() => '?').join(', ');
  const changeCells = `position, kind, at, baseline, ${all}, idempotency_key, fingerprint`;

  const rowsAfter = database
    .prepare<[bigint], Cell[]>(`SELECT seq, deleted, ${all} FROM ${rows} WHERE seq > ? ORDER BY seq`)
    .raw();
  const changesAfter = database
    .prepare<[bigint, bigint], Cell[]>(
      `SELECT ${changeCells} FROM ${changes} WHERE position > ? AND position <= ? ORDER BY position`,
    )
    .raw();
  const oneRow = database.prepare<[string], Cell[]>(`SELECT seq, deleted, ${all} FROM ${rows} WHERE id = ?`).raw();
  const firstChange = database
    .prepare<[string], Cell[]>(
      `SELECT ${changeCells} FROM ${changes} WHERE position = (SELECT seq FROM ${rows} WHERE id = ?)`,
    )
    .raw();
  const laterChange = database
    .prepare<[string, number, string], Cell[]>(
      `SELECT ${changeCells} FROM ${changes}
      WHERE seq = (SELECT seq FROM ${rows} WHERE id = ?) AND kind <> 'created' AND version = ? AND kind = ?`,
    )
    .raw();
  const changeOfKey = database
    .prepare<[string], Cell[]>(`SELECT ${changeCells} FROM ${changes} WHERE idempotency_key = ?`)
    .raw();
  const putRow = database.prepare<(Cell | bigint)[]>(
    `INSERT INTO ${rows} (seq, position, deleted, ${all}) VALUES (?, ?, ?, ?, ?, ${marks})
    ON CONFLICT (id) DO UPDATE SET (position, deleted, version, ${columns.map(quoteIdentifier).join(', ')}) =
      (excluded.position, excluded.deleted, excluded.version, ${columns.map((name) => `excluded.${quoteIdentifier(name)}`).join(', ')})`,
  );
  const putChange = database.prepare<(Cell | bigint | null)[]>(
    `INSERT INTO ${changes} (position, seq, kind, at, baseline, idempotency_key, fingerprint, ${all})
    VALUES (?, (SELECT seq FROM ${rows} WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ${marks})`,
  );
  const readLog = database.prepare<[], [last: number, atMs: number]>(`SELECT last, at FROM ${log}`).raw();
  const writeLog = database.prepare<[bigint, number]>(`UPDATE ${log} SET last = ?, at = ?`);
  const countRows = database.prepare<[], number>(`SELECT count(*) FROM ${rows}`).pluck();
  const countChanges = database.prepare<[], number>(`SELECT count(*) FROM ${changes}`).pluck();

  const toRow = (cells: Cell[]): ArchivedRow<Column> => ({
    row: rowOf(columns, cells, 2),
    position: String(cells[0]),
    isDeleted: cells[1] === 1,
  });
  const toChange = (cells: Cell[]): ArchivedChange<Column> => {
    const [key, fingerprint] = cells.slice(6 + columns.length);
    const idempotency = key == null ? null : { key: String(key), fingerprint: String(fingerprint) };
    return { ...changeOf(columns, cells), idempotency };
  };

  /** Ends the walk over the rows before it returns: the connection can do nothing else while one is in flight. */
  function slice<Item>(
    cells: Iterable<Cell[]>,
    convert: (cells: Cell[]) => Item & { readonly row: ArchivedRow<Column>['row'] },
  ) {
    const batch: Item[] = [];
    let characters = 0;
    for (const one of cells) {
      const item = convert(one);
      batch.push(item);
      characters += charactersOf(item.row, columns);
      if (batch.length === ARCHIVE_BATCH.rows || characters >= ARCHIVE_BATCH.characters) break;
    }
    return batch;
  }

  function findRows(ids: readonly string[]): Map<string, ArchivedRow<Column>> {
    const found = new Map<string, ArchivedRow<Column>>();
    for (const id of ids) {
      const cells = oneRow.get(id);
      if (cells !== undefined) found.set(id, toRow(cells));
    }
    return found;
  }

  function findChanges(wanted: readonly ChangeSubject[]): Map<string, ArchivedChange<Column>> {
    const found = new Map<string, ArchivedChange<Column>>();
    for (const subject of wanted) {
      const { id, version } = subject.row;
      const identity = changeIdentity(subject);
      for (const cells of [
        firstChange.get(id),
        laterChange.get(id, version, subject.kind === 'deleted' ? 'deleted' : 'updated'),
      ]) {
        if (cells === undefined) continue;
        const change = toChange(cells);
        if (changeIdentity(change) === identity) found.set(identity, change);
      }
    }
    return found;
  }

  return {
    resource,

    async *rows(after) {
      for (let position = after; ; ) {
        const batch = slice(rowsAfter.iterate(BigInt(position)), toRow);
        const last = batch.at(-1);
        if (last === undefined) return;
        yield batch;
        position = last.position;
      }
    },

    async *changes(after) {
      const end = BigInt(readLog.get()?.[0] ?? 0);
      for (let position = after; ; ) {
        const batch = slice(changesAfter.iterate(BigInt(position), end), toChange);
        const last = batch.at(-1);
        if (last === undefined) return;
        yield batch;
        position = last.position;
      }
    },

    find: async (ids) => findRows(ids),
    findChanges: async (wanted) => findChanges(wanted),

    async write(batch) {
      const deadline = performance.now() + LOCK_TIMEOUT_MS;
      try {
        await retryWhileBusy(
          () => database.exec('BEGIN IMMEDIATE'),
          () => deadline,
        );
        const [last = 0, atMs = 0] = readLog.get() ?? [];
        const keys = new Map<string, string>();
        for (const { idempotency } of batch) {
          const cells = idempotency ? changeOfKey.get(idempotency.key) : undefined;
          if (idempotency && cells) keys.set(idempotency.key, changeIdentity(toChange(cells)));
        }
        const stored = {
          rows: findRows(batch.map(({ row }) => row.id)),
          changes: findChanges(batch),
          keys,
          last: BigInt(last),
          at: new Date(atMs).toISOString(),
        };
        const plan = planWrites(columns, batch, stored, POSITION_LIMIT);
        for (const { row, position, isDeleted } of plan.rows) {
          const values = columns.map((column) => row[column]);
          putRow.run(BigInt(position), plan.last, isDeleted ? 1 : 0, row.id, row.version, ...values);
        }
        for (const { position, kind, at, isBaseline, row, idempotency } of plan.changes) {
          const { key = null, fingerprint = null } = idempotency ?? {};
          const values = columns.map((column) => row[column]);
          putChange.run(
            BigInt(position),
            row.id,
            kind,
            Date.parse(at),
            isBaseline ? 1 : 0,
            key,
            fingerprint,
            row.id,
            row.version,
            ...values,
          );
        }
        writeLog.run(plan.last, Date.parse(plan.at));
        database.exec('COMMIT');
        return plan.outcomes;
      } catch (error) {
        throw toStoreError(error);
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK');
      }
    },

    counts: async () => ({ rows: countRows.get() ?? 0, changes: countChanges.get() ?? 0 }),
  };
}
