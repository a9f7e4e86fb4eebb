import type pg from 'pg';
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
import type { ResourceTables } from '../tables.js';
import type { ResourceDescription } from '../types.js';
import { classifyFailure, toStoreError } from './connection/failure.js';
import { changeReader, rowReader } from './reads.js';
import { timestampText } from './sql-texts.js';
import type { ChangeText, RowText } from './statements.js';

type ArchivedRowText = RowText & { readonly seq: string; readonly deleted: boolean };
type ArchivedChangeText = ChangeText & {
  readonly idempotency_key: string | null;
  readonly fingerprint: string | null;
};

/** Half of what a bigint holds, so that there is room for what is to come. */
const POSITION_LIMIT = 2n ** 62n;

/** Few enough that rows of a megabyte each still fit into memory; later slices go by the size of the rows seen. */
const FIRST_SLICE_ROWS = 100;

/**
 * A resource in a Postgres database as it is stored. It is read in slices by position, each a statement of its own: whoever
 * reads slowly holds no snapshot, for which the server would have to keep what others delete meanwhile.
 *
 * @param client - a connection that nothing else uses, to a database that is migrated
 * @param resource - what is moved
 * @param tables - where it lives
 */
export function postgresArchive<Column extends string>(
  client: pg.Client,
  resource: ResourceDescription<Column>,
  tables: ResourceTables,
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
    return (await client.query<Row>(sql, values.slice())).rows;
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

  async function* slices<Item extends ArchivedRow<Column>>(
    after: string,
    read: (position: string, limit: number) => Promise<Item[]>,
  ): AsyncGenerator<readonly Item[]> {
    let position = after;
    for (let limit = FIRST_SLICE_ROWS; ; ) {
      const slice = await failing(false, () => read(position, limit));
      const last = slice.at(-1);
      if (last === undefined) return;
      yield slice;
      position = last.position;
      const characters = slice.reduce((sum, { row }) => sum + charactersOf(row, columns), 0);
      const fitting = Math.floor((ARCHIVE_BATCH.characters * slice.length) / Math.max(1, characters));
      limit = Math.max(1, Math.min(ARCHIVE_BATCH.rows, fitting));
    }
  }

  async function findRows(ids: readonly string[]): Promise<Map<string, ArchivedRow<Column>>> {
    const found = await query<ArchivedRowText>(`SELECT ${rowCells} FROM ${rows} AS p WHERE p.id = ANY($1::text[])`, [
      ids,
    ]);
    return new Map(found.map((text) => [text.id, toRow(text)]));
  }

  async function findChanges(wanted: readonly ChangeSubject[]): Promise<Map<string, ArchivedChange<Column>>> {
    const identities = new Set(wanted.map(changeIdentity));
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
    const read = found.map(toChange).map((change) => [changeIdentity(change), change] as const);
    return new Map(read.filter(([identity]) => identities.has(identity)));
  }

  async function findKeys(keys: readonly string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const found = await query<ArchivedChangeText>(
      `SELECT ${changeCells} FROM ${changes} AS c WHERE c.idempotency_key = ANY($1::text[])`,
      [keys],
    );
    return new Map(found.map((text) => [text.idempotency_key ?? '', changeIdentity(toChange(text))]));
  }

  /** Arrays for `unnest`, of one property after another. */
  const ownValues = (items: readonly { readonly row: ArchivedRow<Column>['row'] }[]) =>
    columns.map((column) => items.map(({ row }) => row[column]));
  const parameters = (types: readonly string[]) => types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const ownTypes = columns.map(() => 'text');

  async function putRows(written: readonly ArchivedRow<Column>[], last: bigint): Promise<void> {
    if (written.length === 0) return;
    const replaced = ['position', 'deleted', 'version', ...own];
    await query(
      `INSERT INTO ${rows} (seq, position, deleted, id, version, ${own.join(', ')})
      SELECT * FROM unnest(${parameters(['bigint', 'bigint', 'boolean', 'text', 'bigint', ...ownTypes])})
      ON CONFLICT (id) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      [
        written.map(({ position }) => position),
        written.map(() => String(last)),
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

  return {
    resource,

    // By way of their first changes: no index has the rows in order of creation, deleted ones included. Rows that the log
    // does not know, because somebody wrote them past it, come last.
    async *rows(after) {
      yield* slices(after, async (position, limit) => {
        const found = await query<ArchivedRowText>(
          `SELECT p.* FROM ${changes} AS c
          CROSS JOIN LATERAL (
            SELECT ${rowCells} FROM ${rows} AS p WHERE p.id = c.id AND p.seq = c.position LIMIT 1
          ) AS p
          WHERE c.position > $1 AND (c.kind = 'created' OR c.baseline) ORDER BY c.position LIMIT $2`,
          [position, limit],
        );
        return found.map(toRow);
      });
      const unknown = await failing(false, () =>
        query<ArchivedRowText>(
          `SELECT ${rowCells} FROM ${rows} AS p WHERE p.seq > $1 AND NOT EXISTS (
            SELECT 1 FROM ${changes} AS c WHERE c.position = p.seq AND c.id = p.id AND (c.kind = 'created' OR c.baseline)
          ) ORDER BY p.seq`,
          [after],
        ),
      );
      if (unknown.length > 0) yield unknown.map(toRow);
    },

    async *changes(after) {
      const [end] = await failing(false, () => query<{ last: string }>(`SELECT last FROM ${log}`));
      yield* slices(after, async (position, limit) => {
        const found = await query<ArchivedChangeText>(
          `SELECT ${changeCells} FROM ${changes} AS c WHERE c.position > $1 AND c.position <= $2
          ORDER BY c.position LIMIT $3`,
          [position, end?.last ?? '0', limit],
        );
        return found.map((text) => ({ ...toChange(text), isDeleted: text.kind === 'deleted' }));
      });
    },

    find: (ids) => failing(false, () => findRows(ids)),
    findChanges: (wanted) => failing(false, () => findChanges(wanted)),

    write: (batch) =>
      failing(true, async () => {
        await client.query('BEGIN');
        try {
          // Like every writer, this waits for its turn first; until it ends nobody else writes.
          const [turn] = await query<{ last: string; at: string }>(
            `SELECT c.last, ${timestampText('c.at')} AS at FROM ${log} AS c FOR UPDATE`,
          );
          const stored = {
            rows: await findRows(batch.map(({ row }) => row.id)),
            changes: await findChanges(batch),
            keys: await findKeys(batch.flatMap(({ idempotency }) => idempotency?.key ?? [])),
            last: BigInt(turn?.last ?? 0),
            at: turn?.at ?? '',
          };
          const plan = planWrites(columns, batch, stored, POSITION_LIMIT);
          await putRows(plan.rows, plan.last);
          await putChanges(plan.changes);
          await query(`UPDATE ${log} SET last = $1::bigint, at = greatest(at, $2::timestamptz)`, [
            String(plan.last),
            plan.at,
          ]);
          await client.query('COMMIT');
          return plan.outcomes;
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        }
      }),

    async counts() {
      const [count] = await failing(false, () =>
        query<{ rows: string; changes: string }>(
          `SELECT (SELECT count(*) FROM ${rows}) AS rows, (SELECT count(*) FROM ${changes}) AS changes`,
        ),
      );
      return { rows: Number(count?.rows), changes: Number(count?.changes) };
    },
  };
}

async function failing<T>(isWrite: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(classifyFailure(error, true), isWrite);
  }
}
