import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, quoted } from './config-error.js';
import type { RawSettings } from './raw-settings.js';
import type { TableName } from './service-formats.js';
import { settings } from './settings.js';

/** SQLite's name for a database in this process's memory; every other spelling of it is turned into this one. */
export const IN_MEMORY = ':memory:';

/** Which database, and where. */
export interface RepositoryConfig {
  readonly repo: 'sqlite3' | 'postgres';
  /** `:memory:` or an absolute path for SQLite, a connection string for Postgres. */
  readonly repoUri: string;
  readonly repoMigrations: string;
}

/**
 * Reads which database is used, and looks whether the folders it needs are there.
 *
 * @param raw - all settings
 * @param cwd - what paths given by the user start from
 * @param packageRoot - where the package keeps its own `schema/`
 * @param table - the payments' table
 * @throws ConfigError where the connection string does not suit the database, or a folder cannot be used
 */
export function repositoryConfig(
  raw: RawSettings,
  cwd: string,
  packageRoot: string,
  table: TableName,
): RepositoryConfig {
  const repo = raw.valueOf(settings.repo) ?? 'sqlite3';
  const uri = raw.valueOf(settings.repoUri) ?? '';
  const given = raw.valueOf(settings.repoMigrations);
  const repoMigrations = given === undefined ? join(packageRoot, 'schema') : resolve(cwd, given);
  const repoUri = repo === 'sqlite3' ? sqlitePath(raw, uri, cwd) : postgresUri(raw, uri);
  if (repo === 'sqlite3' && table.table.toLowerCase().startsWith('sqlite_')) {
    throw raw.refusal(
      settings.repoSchemaPayments,
      'a table whose name does not begin with sqlite_, which SQLite keeps',
    );
  }
  requireFolder('repo-migrations', join(repoMigrations, repo), constants.R_OK);
  if (repo === 'sqlite3' && repoUri !== IN_MEMORY) requireDatabaseFile(repoUri);
  return { repo, repoUri, repoMigrations };
}

function sqlitePath(raw: RawSettings, uri: string, cwd: string): string {
  const isInMemory = uri === '' || uri === IN_MEMORY || /^file::memory:|^file:.*[?&]mode=memory(&|$)/s.test(uri);
  if (isInMemory) return IN_MEMORY;
  const path = uri.replace(/^file:(\/\/(?=\/))?/, '');
  const isUri = /^[a-z][a-z0-9+.-]+:\/\//i.test(path) || (path !== uri && /[?#]/.test(path)) || path === '';
  if (isUri) {
    throw raw.refusal(settings.repoUri, 'a file path without parameters, or :memory:, where repo is sqlite3');
  }
  return resolve(cwd, path);
}

function postgresUri(raw: RawSettings, uri: string): string {
  const takes = 'a connection string such as postgres://user:password@host:5432/database where repo is postgres';
  if (uri === '') throw new ConfigError(`repo-uri: takes ${takes}, and has no default there`);
  const isConnectionString = /^postgres(ql)?:\/\//.test(uri) && !/\s/.test(uri) && URL.canParse(uri);
  if (!isConnectionString) throw raw.refusal(settings.repoUri, `${takes}, with special characters percent-encoded`);
  return uri;
}

function requireDatabaseFile(path: string): void {
  requireFolder('repo-uri', dirname(path), constants.W_OK);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigError(`repo-uri: takes a file path, and ${quoted(path)} is a folder`);
  }
}

function requireFolder(name: string, path: string, mode: number): void {
  try {
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    accessSync(path, mode | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it is not a folder';
    throw new ConfigError(
      `${name}: takes a path in a folder that can be used, and ${quoted(path)} cannot (${reason})`,
      {
        cause: error,
      },
    );
  }
}
