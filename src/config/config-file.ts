import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { ConfigError, quoted } from './config-error.js';
import { nearest } from './nearest.js';
import { allSettings } from './settings.js';

/** Where configuration files are looked for. */
export interface ConfigFolders {
  readonly cwd: string;
  /** The folder of the installed package, which brings a `config/` of its own. */
  readonly packageRoot: string;
}

/** What a configuration file sets. */
export interface ConfigFile {
  readonly path: string;
  /** The settings as text, by name: numbers and booleans as they would be written on a command line. */
  readonly values: ReadonlyMap<string, string>;
}

const NAMES = allSettings.map(({ name }) => name);

/**
 * The file that `--config` names: a path, or a bare name under `config/`, with or without `.json`.
 *
 * @param name - the value of `--config`
 * @param folders - where to look
 * @returns its absolute path
 * @throws ConfigError where there is no such file
 */
export function findConfigFile(name: string, folders: ConfigFolders): string {
  const isPath = isAbsolute(name) || /[/\\]/.test(name);
  const beside = resolve(folders.cwd, name);
  const places = isPath ? [beside] : [...configFolders(folders).map((folder) => join(folder, name)), beside];
  const found = firstFile(places);
  if (found !== null) return found;
  const looked = isPath ? places : configFolders(folders);
  throw new ConfigError(
    `config: takes a JSON file's path or its name under config/, not ${quoted(name)}: there is no such file (looked in ${looked.join(', ')})`,
  );
}

/**
 * The file of an environment, `config/<NODE_ENV>.json`, which need not be there.
 *
 * @param nodeEnv - the value of NODE_ENV
 * @param folders - where to look
 */
export function findEnvironmentFile(nodeEnv: string | undefined, folders: ConfigFolders): string | null {
  if (nodeEnv === undefined || !/^\w[\w.-]*$/.test(nodeEnv)) return null;
  return firstFile(configFolders(folders).map((folder) => join(folder, `${nodeEnv}.json`)));
}

/**
 * Reads a configuration file.
 *
 * @param path - where it is
 * @throws ConfigError where it cannot be read, is not a JSON object, or has a key or a value that no setting takes
 */
export function readConfigFile(path: string): ConfigFile {
  const content = parse(path, read(path));
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError(`config file ${path}: takes a JSON object of settings`);
  }
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(content)) {
    if (!NAMES.includes(key)) {
      const likely = nearest(key, NAMES);
      const advice = likely === null ? '--help lists all settings' : `did you mean ${likely}?`;
      throw new ConfigError(`config file ${path}: unknown setting ${quoted(key)}: ${advice}`);
    }
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ConfigError(`config file ${path}: ${key} takes a string, a number or a boolean`);
    }
    values.set(key, String(value));
  }
  return { path, values };
}

function configFolders({ cwd, packageRoot }: ConfigFolders): string[] {
  return [...new Set([join(cwd, 'config'), join(packageRoot, 'config')])];
}

function firstFile(places: readonly string[]): string | null {
  const candidates = places.flatMap((place) => [place, `${place}.json`]);
  return candidates.find((path) => isFile(path)) ?? null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    // A part of the path that is no folder, or may not be entered: there is no file to be had here.
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigError(`config file ${path}: cannot be read (${reason})`, { cause: error });
  }
}

/** The parser's own message is left out, for it quotes the file, which may hold secrets. */
function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`config file ${path}: is not valid JSON`);
  }
}
