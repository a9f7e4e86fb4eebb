import type { Database } from 'better-sqlite3';
import type { JsonText } from '../../contract/json-text.js';
import { ARCHIVE_BATCH, type ArchivedPayment, type PaymentArchive, planWrites } from '../archive.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { retryWhileBusy } from './busy.js';
import { toRepoError } from './errors.js';

type ArchiveRow = [
  seq: number,
  id: string,
  version: number,
  organisationId: string,
  attributes: JsonText<unknown>,
  deleted: 0 | 1,
];

/** Positions are read as doubles, which are exact up to 2^53; half of them are left for the payments to come. */
const POSITION_LIMIT = 2n ** 52n;

const LOCK_TIMEOUT_MS = 30_000;

/**
 * The payments of an SQLite database as they are stored.
 *
 * @param database - an open, migrated database that nothing else uses through this connection
 * @param table - where the payments live
 */
export function sqliteArchive(database: Database, table: TableName): PaymentArchive {
  const payments = quoteTable(table);
  const columns = 'seq, id, version, organisation_id, attributes, deleted';
  const behind = database
    .prepare<[bigint], ArchiveRow>(`SELECT ${columns} FROM ${payments} WHERE seq > ? ORDER BY seq`)
    .raw();
  const one = database.prepare<[string], ArchiveRow>(`SELECT ${columns} FROM ${payments} WHERE id = ?`).raw();
  const insert = database.prepare(`INSERT INTO ${payments} (${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  // Holds the last position ever given out, whether or not its payment is still there.
  const last = database
    .prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ? COLLATE NOCASE')
    .pluck();
  const count = database.prepare<[], number>(`SELECT count(*) FROM ${payments}`).pluck();

  /** Ends the walk over the rows before it returns: the connection can do nothing else while one is under way. */
  function readBehind(position: string): ArchivedPayment[] {
    const batch: ArchivedPayment[] = [];
    let characters = 0;
    for (const row of behind.iterate(BigInt(position))) {
      const payment = toArchived(row);
      batch.push(payment);
      characters += payment.attributes.length;
      if (batch.length === ARCHIVE_BATCH.rows || characters >= ARCHIVE_BATCH.characters) break;
    }
    return batch;
  }

  function findAll(ids: readonly string[]): Map<string, ArchivedPayment> {
    const found = new Map<string, ArchivedPayment>();
    for (const id of ids) {
      const row = one.get(id);
      if (row !== undefined) found.set(id, toArchived(row));
    }
    return found;
  }

  return {
    async *readAll(after) {
      // In write-ahead mode a transaction sees the database as it was at its first read, and blocks no writer.
      database.exec('BEGIN');
      try {
        for (let batch = readBehind(after); batch.length > 0; batch = readBehind(batch.at(-1)?.position ?? after)) {
          yield batch;
        }
      } finally {
        if (database.inTransaction) database.exec('COMMIT');
      }
    },

    find: async (ids) => findAll(ids),

    async write(batch) {
      const deadline = performance.now() + LOCK_TIMEOUT_MS;
      try {
        await retryWhileBusy(
          () => database.exec('BEGIN IMMEDIATE'),
          () => deadline,
        );
        const stored = findAll(batch.map(({ id }) => id));
        const plan = planWrites(batch, stored, BigInt(last.get(table.table) ?? 0), POSITION_LIMIT);
        for (const { position, id, version, organisationId, attributes, deleted } of plan.insertions) {
          insert.run(BigInt(position), id, version, organisationId, attributes, deleted ? 1 : 0);
        }
        database.exec('COMMIT');
        return plan.outcomes;
      } catch (error) {
        throw toRepoError(error);
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK');
      }
    },

    count: async () => count.get() ?? 0,
    close: async () => void database.close(),
  };
}

function toArchived([seq, id, version, organisationId, attributes, deleted]: ArchiveRow): ArchivedPayment {
  return { id, version, organisationId, attributes, position: String(seq), deleted: deleted === 1 };
}
