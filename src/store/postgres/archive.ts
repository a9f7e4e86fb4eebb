import type pg from 'pg';
import type { JsonText } from '../../contract/json-text.js';
import { ARCHIVE_BATCH, type ArchivedPayment, type PaymentArchive, planWrites } from '../archive.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { classifyFailure, toRepoError } from './failure.js';

interface ArchiveRow {
  readonly seq: string;
  readonly id: string;
  readonly version: string;
  readonly organisation_id: string;
  readonly attributes: JsonText<unknown>;
  readonly deleted: boolean;
}

/** Half of what a bigint holds, so that there is room for the payments to come. */
const POSITION_LIMIT = 2n ** 62n;

/** Few enough that rows of a megabyte each still fit into memory; later fetches go by the size of the rows seen. */
const FIRST_FETCH_ROWS = 250;

/**
 * The payments of a Postgres database as they are stored.
 *
 * @param client - a connection that nothing else uses, to a database that is migrated
 * @param name - where the payments live
 */
export function postgresArchive(client: pg.Client, name: TableName): PaymentArchive {
  const table = quoteTable(name);
  const columns = 'seq, id, version, organisation_id, attributes, deleted';

  async function query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return (await client.query<Row>(sql, values?.slice())).rows;
  }

  async function inTransaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    try {
      await client.query(begin);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw toRepoError(classifyFailure(error, true), true);
    }
  }

  async function findAll(ids: readonly string[]): Promise<Map<string, ArchivedPayment>> {
    const rows = await query<ArchiveRow>(`SELECT ${columns} FROM ${table} WHERE id = ANY($1::text[])`, [ids]);
    return new Map(rows.map((row) => [row.id, toArchived(row)]));
  }

  async function lastPosition(sequence: string): Promise<bigint> {
    const [row] = await query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${sequence}`,
    );
    return row === undefined ? 0n : BigInt(row.last) - (row.called ? 0n : 1n);
  }

  async function sequenceName(): Promise<string> {
    const [row] = await query<{ name: string }>(`SELECT pg_get_serial_sequence($1, 'seq') AS name`, [table]);
    return row?.name ?? '';
  }

  async function insert(payments: readonly ArchivedPayment[]): Promise<void> {
    await query(
      `INSERT INTO ${table} (${columns})
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[])`,
      [
        payments.map(({ position }) => position),
        payments.map(({ id }) => id),
        payments.map(({ version }) => version),
        payments.map(({ organisationId }) => organisationId),
        payments.map(({ attributes }) => attributes),
        payments.map(({ deleted }) => deleted),
      ],
    );
  }

  return {
    async *readAll(after) {
      try {
        // One snapshot for the whole walk. A cursor sorts once, where pages of their own would each sort what is left.
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        await client.query('SET LOCAL statement_timeout = 0');
        await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
        await client.query(
          `DECLARE archive NO SCROLL CURSOR FOR
          SELECT ${columns} FROM ${table} WHERE seq > ${BigInt(after)} ORDER BY seq`,
        );
        for (let rows = FIRST_FETCH_ROWS; ; ) {
          const batch = (await query<ArchiveRow>(`FETCH ${rows} FROM archive`)).map(toArchived);
          if (batch.length === 0) break;
          yield batch;
          rows = nextFetchRows(batch);
        }
      } catch (error) {
        throw toRepoError(classifyFailure(error, true), false);
      } finally {
        await client.query('ROLLBACK').catch(() => {});
      }
    },

    find: findAll,

    write: (batch) =>
      inTransaction('BEGIN', async () => {
        // Writers wait for the batch to end: no position can be given out between the look at the sequence and its
        // change, and none of these payments can be created by somebody else.
        await client.query(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
        const stored = await findAll(batch.map(({ id }) => id));
        const sequence = await sequenceName();
        const plan = planWrites(batch, stored, await lastPosition(sequence), POSITION_LIMIT);
        if (plan.insertions.length > 0) {
          await insert(plan.insertions);
          await query('SELECT setval($1::regclass, $2::bigint)', [sequence, String(plan.last)]);
        }
        return plan.outcomes;
      }),

    async count() {
      const [row] = await query<{ count: string }>(`SELECT count(*) AS count FROM ${table}`);
      return Number(row?.count);
    },

    close: () => client.end(),
  };
}

function nextFetchRows(batch: readonly ArchivedPayment[]): number {
  const characters = batch.reduce((sum, { attributes }) => sum + attributes.length, 0);
  const fitting = Math.floor((ARCHIVE_BATCH.characters * batch.length) / Math.max(1, characters));
  return Math.max(1, Math.min(ARCHIVE_BATCH.rows, fitting));
}

function toArchived(row: ArchiveRow): ArchivedPayment {
  const { seq, id, version, organisation_id: organisationId, attributes, deleted } = row;
  return { id, version: Number(version), organisationId, attributes, position: seq, deleted };
}
