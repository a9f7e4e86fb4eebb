import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedPostgres } from './postgres.js';

/** The databases that every promise holds on. */
export const DATABASES = ['sqlite3', 'postgres'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** An empty database, which several processes can serve at the same time. */
export interface TestDatabase {
  readonly uri: string;
  /** The flags by which a service uses it. */
  readonly flags: readonly string[];
  dispose(): void;
}

/** Makes an empty database: a file of its own, or a database of the Postgres that all tests share. */
export async function createDatabase(name: DatabaseName): Promise<TestDatabase> {
  if (name === 'postgres') {
    const uri = await (await sharedPostgres()).createDatabase();
    return { uri, flags: ['--repo', 'postgres', '--repo-uri', uri], dispose: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'payments-test-'));
  const uri = join(folder, 'payments.sqlite3');
  return { uri, flags: ['--repo-uri', uri], dispose: () => rmSync(folder, { recursive: true }) };
}
