import { join } from 'node:path';
import type { TableName } from './migrations/identifier.js';
import type { Repo, RepoEvents } from './repo.js';

/** What a repository is opened with, whichever it is. */
export interface RepoOptions {
  readonly repo: 'sqlite3' | 'postgres';
  /** A file's path or `:memory:` for SQLite, a connection string for Postgres. */
  readonly repoUri: string;
  /** The folder that holds a folder of migrations for each database. */
  readonly repoMigrations: string;
  readonly repoTable: TableName;
  /** Connections, where the database has such. */
  readonly repoPoolSize: number;
  readonly repoStatementTimeoutMs: number;
}

/**
 * Opens the repository that is configured. Its driver is loaded only then, so that nobody waits for the other one's.
 *
 * @param options - which one, and where it is
 * @param events - who is told what it does
 * @throws RepoOpenError or MigrationError where the settings or the files must change, RepoError `unavailable` where
 *   the database stays away
 */
export async function openRepo(options: RepoOptions, events: RepoEvents): Promise<Repo> {
  const { repo, repoUri: uri, repoMigrations, repoTable: table, repoPoolSize: poolSize } = options;
  const migrationsFolder = join(repoMigrations, repo);
  if (repo === 'sqlite3') {
    const { openSqliteRepo } = await import('./sqlite/open.js');
    return openSqliteRepo({ uri, table, migrationsFolder, events });
  }
  const { openPostgresRepo } = await import('./postgres/open.js');
  const statementTimeoutMs = options.repoStatementTimeoutMs;
  return openPostgresRepo({ uri, table, migrationsFolder, poolSize, statementTimeoutMs, events });
}
