import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedPostgres } from './postgres.js';

/** The databases on which every promise is tested. */
export const DATABASES = ['sqlite3', 'postgres'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** An empty database for any number of processes. */
export interface TestDatabase {
  readonly uri: string;
  /** The flags of a service that uses it. */
  readonly flags: readonly string[];
  dispose(): void;
}

/** Creates an empty database: a new file, or a database of the shared Postgres. */
export async function createDatabase(name: DatabaseName): Promise<TestDatabase> {
  if (name === 'postgres') {
    const uri = await (await sharedPostgres()).createDatabase();
    return { uri, flags: ['--repo', 'postgres', '--repo-uri', uri], dispose: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'payments-test-'));
  const uri = join(folder, 'payments.sqlite3');
  return { uri, flags: ['--repo-uri', uri], dispose: () => rmSync(folder, { recursive: true }) };
}
