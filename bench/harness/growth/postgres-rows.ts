import type { Bench } from '../bench.js';
import { seedPostgres, trimPostgres } from '../seed.js';
import type { RowsGrowth } from './growth.js';
import { measureRows } from './rows.js';

/** A database for each size, all in one server. */
export async function measurePostgresRows(bench: Bench): Promise<RowsGrowth> {
  const postgres = await bench.postgres();
  return measureRows(bench, bench.options.postgresRows, {
    title: 'Postgres',
    repo: 'postgres',
    create: (name) => postgres.create(name),
    seed: (uri, rows) => seedPostgres(postgres, uri, rows, bench.log),
    trim: (uri, rows) => trimPostgres(postgres, uri, rows),
  });
}
