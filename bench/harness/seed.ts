import Database from 'better-sqlite3';
import { ORGANISATION_ID, POSTGRES_PAYMENT_ID, SQLITE_PAYMENT_ID } from '../load/payments.js';
import type { Database as Postgres } from './postgres.js';

/** Small, so that millions of payments fit on the disk of a laptop. */
const ATTRIBUTES = JSON.stringify({
  amount: '100.21',
  currency: 'GBP',
  payment_scheme: 'FPS',
  reference: 'Payment for the piano lessons of January',
});

/**
 * Writes payments straight into the service's table, which it must have made before. Their numbers are in the order of
 * creation.
 *
 * @param path - of the SQLite file
 * @param from - number of the first
 * @param to - number behind the last
 */
export function seedSqlite(path: string, from: number, to: number): void {
  withSqlite(path, (database) => {
    const insert = database.prepare(
      `WITH RECURSIVE numbers (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?)
       INSERT INTO payments (id, version, organisation_id, attributes)
       SELECT ${SQLITE_PAYMENT_ID}, 0, '${ORGANISATION_ID}', ? FROM numbers`,
    );
    insert.run(from, to, ATTRIBUTES);
    database.pragma('wal_checkpoint(TRUNCATE)');
  });
}

/** Takes everything away that was created since the last seeding. @param rows - how many payments shall be left */
export function trimSqlite(path: string, rows: number): void {
  withSqlite(path, (database) => {
    database.exec(
      `DELETE FROM payments WHERE seq > (SELECT seq FROM payments ORDER BY seq LIMIT 1 OFFSET ${rows - 1})`,
    );
  });
}

/** As `seedSqlite`, for Postgres. */
export async function seedPostgres(postgres: Postgres, uri: string, from: number, to: number): Promise<void> {
  const step = 1_000_000;
  for (let start = from; start < to; start += step) {
    await postgres.query(
      uri,
      `INSERT INTO payments (id, version, organisation_id, attributes)
       SELECT ${POSTGRES_PAYMENT_ID}, 0, '${ORGANISATION_ID}', '${ATTRIBUTES}'
       FROM generate_series(${start}, ${Math.min(to, start + step) - 1}) AS i`,
    );
  }
  await postgres.query(uri, 'VACUUM ANALYZE payments');
  await postgres.query(uri, 'CHECKPOINT');
}

/** As `trimSqlite`, for Postgres. */
export async function trimPostgres(postgres: Postgres, uri: string, rows: number): Promise<void> {
  await postgres.query(
    uri,
    `DELETE FROM payments WHERE seq > (SELECT seq FROM payments ORDER BY seq LIMIT 1 OFFSET ${rows - 1})`,
  );
}

function withSqlite(path: string, work: (database: Database.Database) => void): void {
  const database = new Database(path, { timeout: 5000 });
  try {
    // Seeding need not be durable, only fast.
    database.pragma('synchronous = OFF');
    work(database);
  } finally {
    database.close();
  }
}
