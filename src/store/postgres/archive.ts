import type pg from 'pg';
import type { Archive, ArchivedChange, ArchivedRow } from '../archive.js';
import { quoteIdentifier, quoteTable } from '../migrations/identifier.js';
import { createArchive, type LogState, oneAtATime } from '../stored-archive.js';
import type { ResourceTables } from '../tables.js';
import type { ResourceDescription } from '../types.js';
import { classifyFailure, toStoreError } from './connection/failure.js';
import { timestampText } from './connection/statement.js';
import { changeReader, rowReader } from './reads.js';
import type { ChangeText, RowText } from './statements.js';

type ArchivedRowText = RowText & { readonly seq: string; readonly deleted: boolean };
type ArchivedChangeText = ChangeText & {
  readonly idempotency_key: string | null;
  readonly fingerprint: string | null;
};

/** Half of what a bigint holds, so that there is room for what is to come. */
const POSITION_LIMIT = 2n ** 62n;

/**
 * A resource in a Postgres database as it is stored.
 *
 * @param client - a connection that nothing else uses, to a database that is migrated
 * @param resource - what is moved
 * @param tables - where it lives
 * @param inTurn - keeps the transactions of all archives of the connection apart
 */
export function postgresArchive<Column extends string>(
  client: pg.Client,
  resource: ResourceDescription<Column>,
  tables: ResourceTables,
  inTurn = oneAtATime(),
): Archive<Column> {
  const { columns } = resource;
  const [rows, changes, log] = [tables.rows, tables.changes, tables.log].map(quoteTable);
  const own = columns.map(quoteIdentifier);
  const rowCells = ['seq', 'deleted', 'id', 'version', ...own].map((name) => `p.${name}`).join(', ');
  const changeCells = `c.position, c.kind, ${timestampText('c.at')} AS at, ${[
    ...['baseline', 'id', 'version', 'idempotency_key', 'fingerprint'],
    ...own,
  ]
    .map((name) => `c.${name}`)
    .join(', ')}`;
  const readRow = rowReader(columns);
  const readChange = changeReader(columns);

  async function query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await client.query<Row>(sql, values.slice())).rows;
    } catch (error) {
      // Whatever else fails in a transaction, nothing of it is kept.
      throw toStoreError(classifyFailure(error, true), sql === 'COMMIT');
    }
  }

  const toRow = (text: ArchivedRowText): ArchivedRow<Column> => ({
    row: readRow(text),
    position: text.seq,
    isDeleted: text.deleted,
  });

  const toChange = (text: ArchivedChangeText): ArchivedChange<Column> => {
    const { idempotency_key: key, fingerprint } = text;
    return { ...readChange(text), idempotency: key === null ? null : { key, fingerprint: fingerprint ?? '' } };
  };

  /** Arrays for `unnest`, of one property after another. */
  const ownValues = (items: readonly { readonly row: ArchivedRow<Column>['row'] }[]) =>
    columns.map((column) => items.map(({ row }) => row[column]));
  const parameters = (types: readonly string[]) => types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const ownTypes = columns.map(() => 'text');

  async function putRows(written: readonly ArchivedRow<Column>[], last: string): Promise<void> {
    if (written.length === 0) return;
    const replaced = ['position', 'deleted', 'version', ...own];
    await query(
      `INSERT INTO ${rows} (seq, position, deleted, id, version, ${own.join(', ')})
      SELECT * FROM unnest(${parameters(['bigint', 'bigint', 'boolean', 'text', 'bigint', ...ownTypes])})
      ON CONFLICT (id) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      [
        written.map(({ position }) => position),
        written.map(() => last),
        written.map(({ isDeleted }) => isDeleted),
        written.map(({ row }) => row.id),
        written.map(({ row }) => row.version),
        ...ownValues(written),
      ],
    );
  }

  async function putChanges(added: readonly ArchivedChange<Column>[]): Promise<void> {
    if (added.length === 0) return;
    await query(
      `INSERT INTO ${changes}
        (position, kind, at, baseline, idempotency_key, fingerprint, id, version, ${own.join(', ')})
      SELECT * FROM unnest(${parameters(['bigint', 'text', 'timestamptz', 'boolean', 'text', 'text', 'text', 'bigint', ...ownTypes])})`,
      [
        added.map(({ position }) => position),
        added.map(({ kind }) => kind),
        added.map(({ at }) => at),
        added.map(({ isBaseline }) => isBaseline),
        added.map(({ idempotency }) => idempotency?.key ?? null),
        added.map(({ idempotency }) => idempotency?.fingerprint ?? null),
        added.map(({ row }) => row.id),
        added.map(({ row }) => row.version),
        ...ownValues(added),
      ],
    );
  }

  return createArchive(resource, {
    positionLimit: POSITION_LIMIT,

    // By way of their first changes: no index has the rows in order of creation, deleted ones included.
    async rowsAfter(position, limit) {
      const found = await query<ArchivedRowText>(
        `SELECT p.* FROM ${changes} AS c
        CROSS JOIN LATERAL (SELECT ${rowCells} FROM ${rows} AS p WHERE p.id = c.id AND p.seq = c.position LIMIT 1) AS p
        WHERE c.position > $1 AND (c.kind = 'created' OR c.baseline) ORDER BY c.position LIMIT $2`,
        [position, limit],
      );
      return found.map(toRow);
    },

    async rowsPastLog(position) {
      const found = await query<ArchivedRowText>(
        `SELECT ${rowCells} FROM ${rows} AS p WHERE p.seq > $1 AND NOT EXISTS (
          SELECT 1 FROM ${changes} AS c WHERE c.position = p.seq AND c.id = p.id AND (c.kind = 'created' OR c.baseline)
        ) ORDER BY p.seq`,
        [position],
      );
      return found.map(toRow);
    },

    async changesAfter(position, end, limit) {
      const found = await query<ArchivedChangeText>(
        `SELECT ${changeCells} FROM ${changes} AS c WHERE c.position > $1 AND c.position <= $2
        ORDER BY c.position LIMIT $3`,
        [position, end, limit],
      );
      return found.map(toChange);
    },

    async findRows(ids) {
      const sql = `SELECT ${rowCells} FROM ${rows} AS p WHERE p.id = ANY($1::text[])`;
      return (await query<ArchivedRowText>(sql, [ids])).map(toRow);
    },

    async findChanges(wanted) {
      const found = await query<ArchivedChangeText>(
        `SELECT ${changeCells} FROM ${rows} AS p JOIN ${changes} AS c ON c.position = p.seq
        WHERE p.id = ANY($1::text[]) AND c.kind = 'created'
        UNION ALL
        SELECT ${changeCells} FROM unnest($1::text[], $2::bigint[], $3::text[]) AS w(id, version, kind)
        JOIN ${changes} AS c ON c.id = w.id AND c.version = w.version AND c.kind = w.kind AND c.kind <> 'created'`,
        [
          wanted.map(({ row }) => row.id),
          wanted.map(({ row }) => row.version),
          wanted.map(({ kind }) => (kind === 'deleted' ? 'deleted' : 'updated')),
        ],
      );
      return found.map(toChange);
    },

    async findChangesByKey(keys) {
      if (keys.length === 0) return [];
      const sql = `SELECT ${changeCells} FROM ${changes} AS c WHERE c.idempotency_key = ANY($1::text[])`;
      return (await query<ArchivedChangeText>(sql, [keys])).map(toChange);
    },

    async readLog() {
      const [state] = await query<LogState>(
        `SELECT greatest(c.last, (SELECT max(position) FROM ${changes})) AS last, ${timestampText('c.at')} AS at
        FROM ${log} AS c`,
      );
      return state ?? { last: '0', at: '' };
    },

    async counts() {
      const [count] = await query<{ rows: string; changes: string }>(
        `SELECT (SELECT count(*) FROM ${rows}) AS rows, (SELECT count(*) FROM ${changes}) AS changes`,
      );
      return { rows: Number(count?.rows), changes: Number(count?.changes) };
    },

    transaction: (work) =>
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

    async put(plan) {
      await putRows(plan.rows, plan.last);
      await putChanges(plan.changes);
      const sql = `UPDATE ${log} SET last = $1::bigint, at = greatest(at, $2::timestamptz)`;
      await query(sql, [plan.last, plan.at]);
    },
  });
}
