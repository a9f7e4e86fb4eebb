import type { Database } from 'better-sqlite3';
import type { Archive, ArchivedChange, ArchivedRow } from '../archive.js';
import { quoteIdentifier, quoteTable } from '../migrations/identifier.js';
import { createArchive, oneAtATime } from '../stored-archive.js';
import type { ResourceTables } from '../tables.js';
import type { ResourceDescription } from '../types.js';
import { retryWhileBusy, toStoreError } from './errors.js';
import { type Cell, changeOf, rowOf } from './rows.js';

/** Positions are read as doubles, which are exact up to 2^53; half of them are left for what is to come. */
const POSITION_LIMIT = 2n ** 52n;

const LOCK_TIMEOUT_MS = 30_000;

/**
 * A resource in an SQLite database as it is stored.
 *
 * @param database - an open, migrated database that nothing else uses through this connection
 * @param resource - what is moved
 * @param tables - where it lives
 * @param inTurn - keeps the transactions of all archives of the connection apart
 */
export function sqliteArchive<Column extends string>(
  database: Database,
  resource: ResourceDescription<Column>,
  tables: ResourceTables,
  inTurn = oneAtATime(),
): Archive<Column> {
  const { columns } = resource;
  const [rows, changes, log] = [tables.rows, tables.changes, tables.log].map(quoteTable);
  const own = columns.map(quoteIdentifier);
  const all = ['id', 'version', ...own].join(', ');
  const marks = columns.map(() => '?').join(', ');
  const rowCells = `seq, deleted, ${all}`;
  const changeCells = `position, kind, at, baseline, ${all}, idempotency_key, fingerprint`;
  const replaced = ['position', 'deleted', 'version', ...own];
  const seqOfId = `(SELECT seq FROM ${rows} WHERE id = ?)`;

  const read = <Values extends unknown[]>(sql: string) => database.prepare<Values, Cell[]>(sql).raw();
  const rowsAfter = read<[bigint, number]>(`SELECT ${rowCells} FROM ${rows} WHERE seq > ? ORDER BY seq LIMIT ?`);
  const changesAfter = read<[bigint, bigint, number]>(
    `SELECT ${changeCells} FROM ${changes} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
  );
  const oneRow = read<[string]>(`SELECT ${rowCells} FROM ${rows} WHERE id = ?`);
  const firstChange = read<[string]>(`SELECT ${changeCells} FROM ${changes} WHERE position = ${seqOfId}`);
  const laterChange = read<[string, number, string]>(
    `SELECT ${changeCells} FROM ${changes} WHERE seq = ${seqOfId} AND kind <> 'created' AND version = ? AND kind = ?`,
  );
  const changeOfKey = read<[string]>(`SELECT ${changeCells} FROM ${changes} WHERE idempotency_key = ?`);
  const readLog = read<[]>(`SELECT max(last, coalesce((SELECT max(position) FROM ${changes}), 0)), at FROM ${log}`);
  const counts = read<[]>(`SELECT (SELECT count(*) FROM ${rows}), (SELECT count(*) FROM ${changes})`);
  const putRow = database.prepare<(Cell | bigint)[]>(
    `INSERT INTO ${rows} (seq, position, deleted, ${all}) VALUES (?, ?, ?, ?, ?, ${marks})
    ON CONFLICT (id) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  );
  const putChange = database.prepare<(Cell | bigint | null)[]>(
    `INSERT INTO ${changes} (position, seq, kind, at, baseline, idempotency_key, fingerprint, ${all})
    VALUES (?, ${seqOfId}, ?, ?, ?, ?, ?, ?, ?, ${marks})`,
  );
  const writeLog = database.prepare<[bigint, number]>(`UPDATE ${log} SET last = ?, at = ?`);

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

  return createArchive(resource, {
    positionLimit: POSITION_LIMIT,
    rowsAfter: async (position, limit) => rowsAfter.all(BigInt(position), limit).map(toRow),
    changesAfter: async (position, end, limit) => changesAfter.all(BigInt(position), BigInt(end), limit).map(toChange),
    findRows: async (ids) => ids.flatMap((id) => oneRow.all(id)).map(toRow),
    findChanges: async (wanted) =>
      wanted
        .flatMap(({ kind, row: { id, version } }) => [
          ...firstChange.all(id),
          ...laterChange.all(id, version, kind === 'deleted' ? 'deleted' : 'updated'),
        ])
        .map(toChange),
    findChangesByKey: async (keys) => keys.flatMap((key) => changeOfKey.all(key)).map(toChange),

    async readLog() {
      const [last = 0, atMs = 0] = readLog.get() ?? [];
      return { last: String(last), at: new Date(Number(atMs)).toISOString() };
    },

    async counts() {
      const [countOfRows, countOfChanges] = counts.get() ?? [];
      return { rows: Number(countOfRows), changes: Number(countOfChanges) };
    },

    transaction: (work) =>
      inTurn(async () => {
        const deadline = performance.now() + LOCK_TIMEOUT_MS;
        try {
          await retryWhileBusy(
            () => database.exec('BEGIN IMMEDIATE'),
            () => deadline,
          );
          const result = await work();
          database.exec('COMMIT');
          return result;
        } catch (error) {
          throw toStoreError(error);
        } finally {
          if (database.inTransaction) database.exec('ROLLBACK');
        }
      }),

    async put(plan) {
      const valuesOf = (row: ArchivedRow<Column>['row']) => [row.id, row.version, ...columns.map((name) => row[name])];
      const last = BigInt(plan.last);
      for (const { row, position, isDeleted } of plan.rows) {
        putRow.run(BigInt(position), last, isDeleted ? 1 : 0, ...valuesOf(row));
      }
      for (const { position, kind, at, isBaseline, row, idempotency } of plan.changes) {
        const { key = null, fingerprint = null } = idempotency ?? {};
        const facts = [kind, Date.parse(at), isBaseline ? 1 : 0, key, fingerprint];
        putChange.run(BigInt(position), row.id, ...facts, ...valuesOf(row));
      }
      writeLog.run(last, Date.parse(plan.at));
    },
  });
}
