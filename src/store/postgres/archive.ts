import type pg from 'pg';
import { quoteIdentifier } from '../migrations/identifier.js';
import { type ArchiveDatabase, type ArchiveDialect, type Cells, oneAtATime } from '../stored-archive.js';
import { classifyFailure, toStoreError } from './connection/failure.js';
import { timestampText } from './connection/statement.js';

const IS_FIRST = "(c.kind = 'created' OR c.baseline)";

const DIALECT: ArchiveDialect = {
  list: { value: (texts) => texts, has: (expression, parameter) => `${expression} = ANY(${parameter}::text[])` },
  time: { value: (at) => at, read: timestampText },
  // By way of their first changes: no index has the rows in order of creation, deleted ones included.
  rowsAfter: (cells, rows, changes) =>
    `SELECT p.* FROM ${changes} AS c
    CROSS JOIN LATERAL (SELECT ${cells} FROM ${rows} AS p WHERE p.id = c.id AND p.seq = c.position LIMIT 1) AS p
    WHERE c.position > $1 AND ${IS_FIRST} ORDER BY c.position LIMIT $2`,
  rowsPastLog: (cells, rows, changes) =>
    `SELECT ${cells} FROM ${rows} AS p WHERE p.seq > $1 AND NOT EXISTS (
      SELECT 1 FROM ${changes} AS c WHERE c.position = p.seq AND c.id = p.id AND ${IS_FIRST}
    ) ORDER BY p.seq`,
  changesOfRows: 'c.id = p.id',
  hasSeq: false,
  // Half of what a bigint holds, so that there is room for what is to come.
  positionLimit: 2n ** 62n,
};

/**
 * A Postgres database, for archives of its resources.
 *
 * @param client - a connection that nothing else uses, to a database that is migrated
 */
export function postgresArchiveDatabase(client: pg.Client): ArchiveDatabase {
  const inTurn = oneAtATime();

  async function query(sql: string, values: readonly unknown[] = []): Promise<readonly Cells[]> {
    try {
      return (await client.query<Cells>(sql, values.slice())).rows;
    } catch (error) {
      // Whatever else fails in a transaction, nothing of it is kept.
      throw toStoreError(classifyFailure(error, true), sql === 'COMMIT');
    }
  }

  return {
    dialect: DIALECT,
    query,
    async insert(table, columns, rows, onConflict = '') {
      if (rows.length === 0) return;
      const names = Object.keys(columns);
      const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
      await query(
        `INSERT INTO ${table} (${names.map(quoteIdentifier).join(', ')}) SELECT * FROM unnest(${arrays.join(', ')}) ${onConflict}`,
        names.map((name) => rows.map((row) => row[name])),
      );
    },
    transaction: (log, work) =>
      inTurn(async () => {
        await query('BEGIN');
        try {
          // Like every writer, this waits for its turn first; until it ends nobody else writes.
          await query(`SELECT 1 FROM ${log} FOR UPDATE`);
          const result = await work();
          await query('COMMIT');
          return result;
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
  };
}
