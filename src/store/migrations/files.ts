import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier, quoteTable, type Tables, tableBeside, tableOf } from '../tables.js';
import { StoreOpenError } from '../types.js';

/** With placeholders. */
export interface Migration {
  readonly number: number;
  /** The common file name, for example `0001_orders`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** SHA-256 of the up file with LF line ends, in hexadecimal. */
  readonly checksum: string;
}

const FILE_NAME = /^(?<name>(?<number>\d{4})_[A-Za-z0-9_-]+)\.(?:up|down)\.sql$/;

/**
 * Reads the migrations of one database from its folder: `0001_name.up.sql` and `0001_name.down.sql`, numbered from 1
 * without gaps. Ignores files that do not end in `.sql`.
 *
 * @throws StoreOpenError, which names the missing, misnamed or duplicate file or the gap
 */
export async function loadMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await reading(folder, () => readdir(folder))).filter((file) => file.endsWith('.sql')).sort();
  const names = new Map<number, string>();
  for (const file of files) {
    const { number = '', name = '' } = FILE_NAME.exec(file)?.groups ?? {};
    if (name === '') {
      const reason = 'not named like 0001_name.up.sql or 0001_name.down.sql';
      throw new StoreOpenError(`${join(folder, file)}: ${reason}`);
    }
    const taken = names.get(Number(number));
    if (taken !== undefined && taken !== name) {
      throw new StoreOpenError(`migrations ${taken} and ${name} in ${folder} have the same number`);
    }
    names.set(Number(number), name);
  }
  if (names.size === 0) throw new StoreOpenError(`no migrations in ${folder}`);
  return await Promise.all(
    [...names].map(async ([number, name], index) => {
      if (number !== index + 1) {
        throw new StoreOpenError(`migration ${String(index + 1).padStart(4, '0')} is missing in ${folder}`);
      }
      const [up, down] = await Promise.all([readSql(folder, `${name}.up.sql`), readSql(folder, `${name}.down.sql`)]);
      return { number, name, up, down, checksum: createHash('sha256').update(up).digest('hex') };
    }),
  );
}

/** Line ends are normalised, so that a checkout on Windows does not look edited. */
async function readSql(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  return (await reading(path, () => readFile(path, 'utf8'))).replaceAll('\r\n', '\n');
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new StoreOpenError(`cannot read the migrations: ${path} (${reason})`, { cause });
  }
}

const PLACEHOLDER = /\{\{(?<kind>[a-z]+)(?::(?<name>[\w.-]+))?\}\}|\{\{.*?\}\}/g;

/**
 * Replaces the placeholders of a migration. All names are quoted.
 *
 * - `{{table}}`: the table of the first resource; `{{table:refunds}}`: that of another. `changes` and `log` likewise
 * - `{{literal}}`, `{{literal:refunds}}`: the quoted name of that table as a string
 * - `{{index:suffix}}`, `{{index:refunds.suffix}}`: an unqualified name for an index, trigger or constraint of that
 *   table; `{{qualified:suffix}}`: the same with the schema, for functions and `DROP INDEX`
 *
 * @throws StoreOpenError for an unknown placeholder
 */
export function renderSql(sql: string, tables: Tables): string {
  return sql.replace(PLACEHOLDER, (placeholder, kind: string | undefined, name: string | undefined) => {
    const rendered = render(kind, name, tables);
    if (rendered === null) throw new StoreOpenError(`unknown placeholder ${placeholder} in a migration`);
    return rendered;
  });
}

function render(kind: string | undefined, name: string | undefined, tables: Tables): string | null {
  if (kind === 'index' || kind === 'qualified') {
    const [suffix, resource] = (name ?? '').split('.').reverse();
    if (!suffix) return null;
    const { rows } = tableOf(tables, resource);
    const derived = tableBeside(rows, suffix);
    return kind === 'index' ? quoteIdentifier(derived.table) : quoteTable(derived);
  }
  const { rows, changes, log } = tableOf(tables, name);
  switch (kind) {
    case 'table':
      return quoteTable(rows);
    case 'changes':
      return quoteTable(changes);
    case 'log':
      return quoteTable(log);
    case 'literal':
      return `'${quoteTable(rows).replaceAll("'", "''")}'`;
    default:
      return null;
  }
}
