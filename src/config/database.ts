import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { TableName } from '../store/migrations/identifier.js';
import type { DatabaseOptions } from '../store/open-store.js';
import { ConfigError, quoted } from './config-error.js';
import { settings, tableSetting } from './settings.js';
import { type ConfigSources, codeOf, type RawSettings } from './sources.js';

/** SQLite's name for a database in this process's memory; every other spelling of it is turned into this one. */
export const IN_MEMORY = ':memory:';

/**
 * Reads which database is used, and checks that the folders it needs exist.
 *
 * @param sources - the resources, and what paths are relative to
 * @throws ConfigError if the connection string does not suit the database, or a folder cannot be used
 */
export function databaseConfig(raw: RawSettings, { product, cwd, packageRoot }: ConfigSources): DatabaseOptions {
  const repo = raw.valueOf(settings.repo) ?? 'sqlite3';
  const uri = raw.valueOf(settings.repoUri) ?? '';
  const folder = raw.valueOf(settings.repoMigrations);
  const repoMigrations = folder === undefined ? join(packageRoot, 'schema') : resolve(cwd, folder);
  const repoUri = repo === 'sqlite3' ? sqlitePath(raw, uri, cwd) : postgresUri(raw, uri);
  const readUri = raw.valueOf(settings.repoReadUri) ?? null;
  if (readUri !== null && (repo === 'sqlite3' || !isConnectionString(readUri))) {
    throw raw.rejection(settings.repoReadUri, 'a postgres:// connection string, if repo is postgres');
  }
  requireFolder('repo-migrations', join(repoMigrations, repo), constants.R_OK);
  if (repo === 'sqlite3' && repoUri !== IN_MEMORY) {
    requireFolder('repo-uri', dirname(repoUri), constants.W_OK);
    if (statSync(repoUri, { throwIfNoEntry: false })?.isDirectory()) {
      throw new ConfigError(`repo-uri: takes a file path, and ${quoted(repoUri)} is a folder`);
    }
  }
  return { repo, repoUri, repoMigrations, repoTable: tableOf(raw, repo, product.mainResource) };
}

function tableOf(raw: RawSettings, repo: string, resource: string): TableName {
  const setting = tableSetting(resource);
  const table = raw.valueOf(setting) ?? { schema: null, table: resource };
  if (repo === 'sqlite3' && table.table.toLowerCase().startsWith('sqlite_')) {
    throw raw.rejection(setting, 'a table whose name does not begin with sqlite_, which SQLite reserves');
  }
  return table;
}

function sqlitePath(raw: RawSettings, uri: string, cwd: string): string {
  const isInMemory = uri === '' || uri === IN_MEMORY || /^file::memory:|^file:.*[?&]mode=memory(&|$)/s.test(uri);
  if (isInMemory) return IN_MEMORY;
  const path = uri.replace(/^file:(\/\/(?=\/))?/, '');
  const isUri = /^[a-z][a-z0-9+.-]+:\/\//i.test(path) || (path !== uri && /[?#]/.test(path)) || path === '';
  if (isUri) throw raw.rejection(settings.repoUri, 'a file path without parameters, or :memory:, if repo is sqlite3');
  return resolve(cwd, path);
}

function postgresUri(raw: RawSettings, uri: string): string {
  const takes = 'a connection string, for example postgres://user:password@host:5432/database, if repo is postgres';
  if (uri === '') throw new ConfigError(`repo-uri: takes ${takes}, and has no default then`);
  if (!isConnectionString(uri))
    throw raw.rejection(settings.repoUri, `${takes}, with special characters percent-encoded`);
  return uri;
}

/** A list of hosts is not a URL. The driver checks the rest. */
function isConnectionString(uri: string): boolean {
  return /^postgres(ql)?:\/\/[^\s]+$/.test(uri) && (uri.includes(',') || URL.canParse(uri));
}

function requireFolder(name: string, path: string, mode: number): void {
  let reason = 'it is not a folder';
  try {
    if (statSync(path).isDirectory()) {
      accessSync(path, mode | constants.X_OK);
      return;
    }
  } catch (error) {
    reason = codeOf(error);
  }
  throw new ConfigError(`${name}: takes a path in a folder that can be used, and ${quoted(path)} cannot (${reason})`);
}
