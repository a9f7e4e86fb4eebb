import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationError } from './migration-error.js';

/** One numbered step of the schema, as its two files hold it: placeholders not yet filled in. */
export interface Migration {
  readonly number: number;
  /** The files' common name, `0001_orders`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** SHA-256 of the up file with its line ends normalised, in hexadecimal. */
  readonly checksum: string;
}

const FILE_NAME = /^(?<name>(?<number>\d{4})_[A-Za-z0-9_-]+)\.(?:up|down)\.sql$/;

/**
 * Reads the migrations of one database from its folder: `0001_name.up.sql` and `0001_name.down.sql`, numbered from 1
 * without gaps. Files that do not end in `.sql` are none of its business.
 *
 * @throws MigrationError `folder`, naming what is missing, misnamed, a duplicate or a gap
 */
export async function loadMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await reading(folder, () => readdir(folder))).filter((file) => file.endsWith('.sql')).sort();
  const names = new Map<number, string>();
  for (const file of files) {
    const { number = '', name = '' } = FILE_NAME.exec(file)?.groups ?? {};
    if (name === '') {
      throw new MigrationError(
        'folder',
        `${join(folder, file)}: not named like 0001_name.up.sql or 0001_name.down.sql`,
      );
    }
    const taken = names.get(Number(number));
    if (taken !== undefined && taken !== name) {
      throw new MigrationError('folder', `migrations ${taken} and ${name} in ${folder} have the same number`);
    }
    names.set(Number(number), name);
  }
  if (names.size === 0) throw new MigrationError('folder', `no migrations in ${folder}`);
  return await Promise.all(
    [...names].map(async ([number, name], index) => {
      if (number !== index + 1) {
        throw new MigrationError('folder', `migration ${String(index + 1).padStart(4, '0')} is missing in ${folder}`);
      }
      const [up, down] = await Promise.all([readSql(folder, `${name}.up.sql`), readSql(folder, `${name}.down.sql`)]);
      return { number, name, up, down, checksum: createHash('sha256').update(up).digest('hex') };
    }),
  );
}

/** Line ends are normalised, so that a checkout on another system does not look like an edit. */
async function readSql(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  return (await reading(path, () => readFile(path, 'utf8'))).replaceAll('\r\n', '\n');
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new MigrationError('folder', `cannot read the migrations: ${path} (${reason})`, { cause });
  }
}
