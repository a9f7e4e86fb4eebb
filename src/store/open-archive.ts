import { join } from 'node:path';
import type { PaymentArchive } from './archive.js';
import type { RepoOptions } from './open-repo.js';

/** Which database, and where; the rest of a repository's options is about serving. */
export type ArchiveOptions = Pick<RepoOptions, 'repo' | 'repoUri' | 'repoMigrations' | 'repoTable'>;

/**
 * Opens the payments of whichever database as they are stored.
 *
 * @param options - which one, and where it is
 * @param role - a `target` is brought up to date first, and made where it is missing; a `source` is left as it is
 * @throws RepoOpenError or MigrationError where the settings, the files or the database must change, RepoError
 *   `unavailable` where the database stays away
 */
export async function openArchive(options: ArchiveOptions, role: 'source' | 'target'): Promise<PaymentArchive> {
  const { repo, repoUri: uri, repoMigrations, repoTable: table } = options;
  const migrationsFolder = join(repoMigrations, repo);
  if (repo === 'sqlite3') {
    const { openSqliteArchive } = await import('./sqlite/open.js');
    return openSqliteArchive({ uri, table, migrationsFolder, role });
  }
  const { openPostgresArchive } = await import('./postgres/open.js');
  return openPostgresArchive({ uri, table, migrationsFolder, role });
}
