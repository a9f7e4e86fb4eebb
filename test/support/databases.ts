import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDistributedDatabase, TEST_CITUS_URL } from './citus.js';
import { sharedPostgres } from './postgres.js';

/** The databases on which every promise is tested. */
export const DATABASES: readonly DatabaseName[] = [
  'sqlite3',
  'postgres',
  ...(TEST_CITUS_URL ? ['citus' as const] : []),
];
export type DatabaseName = 'sqlite3' | 'postgres' | 'citus';

/** An empty database for any number of processes. */
export interface TestDatabase {
  readonly uri: string;
  /** The flags of a service that uses it. */
  readonly flags: readonly string[];
  dispose(): void;
}

/** Creates an empty database: a new file, or a database of the shared Postgres or of the Citus cluster. */
export async function createDatabase(name: DatabaseName): Promise<TestDatabase> {
  if (name !== 'sqlite3') {
    const uri = await (name === 'citus' ? createDistributedDatabase() : (await sharedPostgres()).createDatabase());
    return { uri, flags: ['--repo', 'postgres', '--repo-uri', uri], dispose: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'payments-test-'));
  const uri = join(folder, 'payments.sqlite3');
  return { uri, flags: ['--repo-uri', uri], dispose: () => rmSync(folder, { recursive: true }) };
}
