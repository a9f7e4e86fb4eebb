import type { Bench } from '../bench.js';
import { seedSqlite, trimSqlite } from '../seed.js';
import type { RowsGrowth } from './growth.js';
import { measureRows } from './rows.js';

/** A file for each size. */
export function measureSqliteRows(bench: Bench): Promise<RowsGrowth> {
  return measureRows(bench, bench.options.sqliteRows, {
    title: 'SQLite',
    repo: 'sqlite3',
    create: async (name) => bench.file(name),
    seed: async (path, rows) => seedSqlite(path, 0, rows),
    trim: async (path, rows) => trimSqlite(path, rows),
  });
}
