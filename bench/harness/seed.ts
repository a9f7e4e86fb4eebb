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
 * Writes payments and their changes directly into the service's tables, which must exist. They are numbered in order of
 * creation, and their positions follow from that.
 *
 * @param path - of the SQLite file
 * @param from - number of the first
 * @param to - number after the last
 */
export function seedSqlite(path: string, from: number, to: number): void {
  withSqlite(path, (database) => {
    const numbers = 'WITH RECURSIVE numbers (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?)';
    const row = `${SQLITE_PAYMENT_ID}, 0, '${ORGANISATION_ID}', ? FROM numbers`;
    database
      .prepare(
        `${numbers} INSERT INTO payments (seq, position, id, version, organisation_id, attributes)
         SELECT i + 1, i + 1, ${row}`,
      )
      .run(from, to, ATTRIBUTES);
    database
      .prepare(
        `${numbers} INSERT INTO payments_changes (position, seq, kind, at, id, version, organisation_id, attributes)
         SELECT i + 1, i + 1, 'created', 0, ${row}`,
      )
      .run(from, to, ATTRIBUTES);
    database.prepare('UPDATE payments_log SET last = ?').run(to);
    database.pragma('wal_checkpoint(TRUNCATE)');
  });
}

/** Deletes everything created since the last seeding. @param rows - the number of payments to keep */
export function trimSqlite(path: string, rows: number): void {
  withSqlite(path, (database) => {
    database.exec(
      `DELETE FROM payments WHERE seq > (SELECT seq FROM payments ORDER BY seq LIMIT 1 OFFSET ${rows - 1})`,
    );
  });
}

/**
 * Like `seedSqlite`, for Postgres. Indexes are built after all rows are inserted: inserting ten million scattered ids
 * into an index takes several times as long, and leaves it half empty.
 *
 * @param rows - the table must be empty
 * @param log - called with the progress
 */
export async function seedPostgres(
  postgres: Pick<Postgres, 'query'>,
  uri: string,
  rows: number,
  log: (line: string) => void,
): Promise<void> {
  const built = await indexesOf(postgres, uri);
  for (const { drop } of built) await postgres.query(uri, drop);
  const step = 1_000_000;
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    const row = `${POSTGRES_PAYMENT_ID}, 0, '${ORGANISATION_ID}', '${ATTRIBUTES}'
       FROM generate_series(${start}, ${end - 1}) AS i`;
    await postgres.query(
      uri,
      `INSERT INTO payments (seq, position, id, version, organisation_id, attributes) SELECT i + 1, i + 1, ${row};
       INSERT INTO payments_changes (position, kind, at, id, version, organisation_id, attributes)
       SELECT i + 1, 'created', now(), ${row};
       UPDATE payments_log SET last = ${end}`,
    );
    if (rows > step) log(`seeding Postgres: ${end.toLocaleString('en')} of ${rows.toLocaleString('en')} payments`);
  }
  for (const { create } of built) {
    await postgres.query(uri, `SET maintenance_work_mem = '1GB'; ${create}`);
    if (rows > step) log(`seeding Postgres: ${create}`);
  }
  await postgres.query(uri, 'VACUUM (FREEZE, ANALYZE) payments');
  await postgres.query(uri, 'VACUUM (FREEZE, ANALYZE) payments_changes');
  await postgres.query(uri, 'CHECKPOINT');
}

/** The indexes that the service's migrations made, as statements that drop and create them. */
async function indexesOf(
  postgres: Pick<Postgres, 'query'>,
  uri: string,
): Promise<readonly { drop: string; create: string }[]> {
  const { rows } = await postgres.query(
    uri,
    `SELECT format('ALTER TABLE payments DROP CONSTRAINT %I', conname) AS drop,
            format('ALTER TABLE payments ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS create
     FROM pg_constraint WHERE conrelid = 'payments'::regclass AND contype IN ('p', 'u')
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     FROM pg_index WHERE indrelid = 'payments'::regclass
       AND indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE conrelid = 'payments'::regclass)`,
  );
  return rows.map(({ drop, create }) => ({ drop: String(drop), create: String(create) }));
}

/** Like `trimSqlite`, for Postgres. */
export async function trimPostgres(postgres: Postgres, uri: string, rows: number): Promise<void> {
  await postgres.query(
    uri,
    `DELETE FROM payments WHERE seq > (SELECT seq FROM payments ORDER BY seq LIMIT 1 OFFSET ${rows - 1})`,
  );
  await postgres.query(uri, 'VACUUM payments');
}

function withSqlite(path: string, work: (database: Database.Database) => void): void {
  const database = new Database(path, { timeout: 5000 });
  try {
    // Seeding need not be durable, only fast.
    database.pragma('synchronous = OFF');
    database.pragma('cache_size = -524288');
    work(database);
  } finally {
    database.close();
  }
}
