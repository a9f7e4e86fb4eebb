import type { SqlConnection } from '../sql-connection.js';
import { quoteTable, type TableName, tableBeside, tableOf } from '../tables.js';
import { StoreOpenError } from '../types.js';
import { type Migration, renderSql } from './files.js';

interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: string;
}

/** The table, next to the first resource's, that records applied migrations. */
function historyOf({ tables }: SqlConnection): TableName {
  return tableBeside(tableOf(tables, undefined).rows, 'migrations');
}

/** The history by number; empty if there is no history table. */
async function readHistory(
  connection: SqlConnection,
  migrations: readonly Migration[],
): Promise<readonly AppliedMigration[]> {
  const history = historyOf(connection);
  if (!(await connection.hasTable(history))) return [];
  const rows = await connection.query(
    `SELECT number, name, checksum, ${connection.dialect.appliedAt} AS at FROM ${quoteTable(history)} ORDER BY number`,
  );
  const applied = rows.map(({ number, name, checksum, at }) => ({
    number: Number(number),
    name: String(name),
    checksum: String(checksum),
    appliedAt: String(at),
  }));
  checkHistory(applied, migrations);
  return applied;
}

/**
 * Applies all pending migrations in order, in one transaction. Processes that start at the same time wait for each
 * other.
 *
 * @returns the names of the applied migrations
 * @throws StoreOpenError if the history does not match the files, or the database rejects a migration; the database's
 *   own error if it fails meanwhile
 */
export async function migrateUp(
  connection: SqlConnection,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  // Without the lock if nothing is pending, so that starting processes do not wait for each other.
  if ((await pendingMigrations(connection, migrations)).length === 0) return [];
  return await connection.transaction(null, () => applyPending(connection, migrations));
}

async function applyPending(connection: SqlConnection, migrations: readonly Migration[]): Promise<string[]> {
  const history = historyOf(connection);
  await connection.makeHistory(history);
  const pending = await pendingMigrations(connection, migrations);
  for (const { number, name, checksum, up } of pending) {
    const sql = renderSql(up, connection.tables);
    await naming(`migration ${name}`, async () => {
      await connection.query(
        `INSERT INTO ${quoteTable(history)} (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
        [number, name, checksum, new Date().toISOString()],
      );
      await connection.script(sql);
    });
  }
  return pending.map(({ name }) => name);
}

/**
 * Applies all migrations and rolls them back, to find out whether the database accepts them. If some were applied
 * before, only tests whether the history table can be written, because the others could take long on existing rows.
 *
 * @throws like `migrateUp`
 */
export async function rehearseUp(connection: SqlConnection, migrations: readonly Migration[]): Promise<void> {
  const rollback = new Error('the rehearsal is over');
  const rehearsal = connection.transaction(null, async () => {
    const isNew = (await readHistory(connection, migrations)).length === 0;
    if (isNew) await applyPending(connection, migrations);
    else await connection.query(`UPDATE ${quoteTable(historyOf(connection))} SET name = name`);
    throw rollback;
  });
  await rehearsal.catch((error: unknown) => {
    if (error !== rollback) throw error;
  });
}

/**
 * Reverts the last applied migration only. Dropped data is lost.
 *
 * @returns its name, or null if none was applied
 * @throws like `migrateUp`
 */
export async function migrateDown(connection: SqlConnection, migrations: readonly Migration[]): Promise<string | null> {
  return await connection.transaction(null, async () => {
    const last = await lastApplied(connection, migrations);
    if (last === null) return null;
    const sql = renderSql(last.down, connection.tables);
    await naming(`reverting migration ${last.name}`, async () => {
      await connection.query(`DELETE FROM ${quoteTable(historyOf(connection))} WHERE number = $1`, [last.number]);
      await connection.script(sql);
    });
    return last.name;
  });
}

const DROP = /^(?:DROP|ALTER TABLE [^;]* DROP|DELETE|TRUNCATE)\b[^;]*/gim;

/**
 * What `migrateDown` would drop. Reads only, without a lock.
 *
 * @returns the last migration and its DROP statements; null if none was applied
 * @throws StoreOpenError if the history does not match the files
 */
export async function planDown(connection: SqlConnection, migrations: readonly Migration[]) {
  const last = await lastApplied(connection, migrations);
  return last && { name: last.name, drops: renderSql(last.down, connection.tables).match(DROP) ?? [] };
}

async function lastApplied(connection: SqlConnection, migrations: readonly Migration[]): Promise<Migration | null> {
  const applied = await readHistory(connection, migrations);
  const last = migrations[applied.length - 1];
  if (applied.length > 0 && last === undefined) throw unknownMigration(applied.at(-1)?.name);
  return last ?? null;
}

/**
 * The state of all migrations. Reads only, without a lock.
 *
 * @returns all migrations in order; `appliedAt` is null if pending
 * @throws StoreOpenError if the history does not match the files
 */
export async function migrationStatus(connection: SqlConnection, migrations: readonly Migration[]) {
  const applied = await readHistory(connection, migrations);
  return migrations.map(({ name }, index) => ({ name, appliedAt: applied[index]?.appliedAt ?? null }));
}

/** Throws like `migrationStatus`. */
export async function pendingMigrations(
  connection: SqlConnection,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  return migrations.slice((await readHistory(connection, migrations)).length);
}

/** Throws StoreOpenError if migrations are pending, or the history does not match the files. */
export async function requireUpToDate(connection: SqlConnection, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations(connection, migrations);
  if (pending.length === 0) return;
  const names = pending.map(({ name }) => name).join(', ');
  throw new StoreOpenError(`the database lacks migrations (${names}): the command "migrate up" applies them`);
}

/**
 * The history must be a prefix of the files, unedited. It may have one more migration, of the next release: its schema
 * works with this one, so a process that dies during a rolling upgrade can be replaced.
 */
function checkHistory(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  applied.forEach((entry, index) => {
    const migration = migrations[entry.number - 1];
    if (entry.number > migrations.length + 1) throw unknownMigration(entry.name);
    if (entry.number !== index + 1) {
      throw new StoreOpenError(`the database has migration ${entry.name} but lacks an earlier one`);
    }
    if (migration !== undefined && entry.checksum !== migration.checksum) {
      throw new StoreOpenError(`migration ${migration.name} was edited after it was applied`);
    }
  });
}

function unknownMigration(name = ''): StoreOpenError {
  return new StoreOpenError(
    `the database has migration ${name}, which this version does not know: the database is newer`,
  );
}

/** Errors of the statement itself, or of the rows that it finds, on SQLite and Postgres: a retry would fail too. */
const REJECTED = /^(?:SQLITE_ERROR$|SQLITE_CONSTRAINT|0A|22|23|3F|42)/;

/** Names what the database rejects. Other errors are about the database, and stay as they are. */
async function naming(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && REJECTED.test(String(cause.code)))) throw cause;
    throw new StoreOpenError(`${what} failed: ${cause.message.split('\n', 1)[0]}`, { cause });
  }
}
