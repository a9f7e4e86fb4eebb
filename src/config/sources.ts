import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import convict from 'convict';
import { JsonDocument, JsonError } from '../contract/json/json-document.js';
import { ConfigError, quoted, suggestion } from './config-error.js';
import { environmentName, type Product, type Setting, settingsOf } from './settings.js';

export interface Environment {
  readonly NODE_ENV?: string | undefined;
  readonly [name: string]: string | undefined;
}

export interface ConfigSources {
  readonly product: Product;
  /** The text of each given flag, by its name without dashes, including `config`. */
  readonly flags: ReadonlyMap<string, string>;
  readonly env: Environment;
  readonly cwd: string;
  /** The folder of the installed package, with its `config/` and `schema/`. */
  readonly packageRoot: string;
}

/** The flag that names a configuration file. It is not a setting, because a file cannot contain it. */
export const CONFIG_FLAG = 'config';

export type RawSettings = ReturnType<typeof readSources>;

/**
 * Layers the sources with convict: each setting is from the first that has it, of flags, environment, configuration file
 * and defaults. Throws ConfigError for an unusable file.
 */
export function readSources(sources: ConfigSources) {
  const { product, flags, env } = sources;
  const settings = settingsOf(product);
  const { path = null, values = new Map<string, string>() } = readFile(sources) ?? {};
  const fromFile = Object.fromEntries(Array.from(values, ([name, text]) => [environmentName(product, name), text]));
  const file: FileSettings = { configFile: path, fromFile };
  const origin = (name: string) => originOf(sources, name, file);
  // Convict's argument parser turns `1e3` into 1000, and with its `load()` the environment overrides earlier values. So
  // it gets no arguments, values stay text, and the flags are set last.
  const schema: convict.Schema<Record<string, string | null>> = {};
  for (const { name, doc, default: fallback, sensitive } of settings) {
    const variable = environmentName(product, name);
    schema[name] = { doc, format: String, default: fallback, nullable: true, env: variable, sensitive };
  }
  const layers = convict(schema, { env: { ...env }, args: [] });
  layers.load(Object.fromEntries(values));
  for (const [name, text] of flags) if (name !== CONFIG_FLAG) layers.set(name, text);

  /** An error that names the setting, what it accepts, and the source of the value. */
  function rejection(setting: Setting<unknown>, takes = setting.format.takes, advice = ''): ConfigError {
    const { name, sensitive } = setting;
    const shown = sensitive ? 'what is given' : quoted(layers.get(name) ?? '');
    return new ConfigError(`${name}: takes ${takes}, not ${shown} (${origin(name)})${advice}`);
  }

  return {
    file,
    origin,
    /** Undefined if it is not given and has no default. Throws ConfigError for text that its format does not accept. */
    valueOf<T>(setting: Setting<T>): T | undefined {
      const text = layers.get(setting.name);
      if (text === null) return undefined;
      const value = setting.format.parse(text);
      if (value === undefined) throw rejection(setting);
      return value;
    },
    rejection,
  };
}

export interface FileSettings {
  readonly configFile: string | null;
  /** Its settings as environment variables, for workers: the file is read only once, because it may change. */
  readonly fromFile: Environment;
}

/** Where the text of a setting is from, in words: its flag, its variable, the file or the default. */
export function originOf({ product, flags, env }: ConfigSources, name: string, file?: FileSettings): string {
  const variable = environmentName(product, name);
  if (flags.has(name)) return `from --${name}`;
  if (env[variable] !== undefined) return `from ${variable}`;
  return `from ${file?.fromFile[variable] === undefined ? 'the default' : file.configFile}`;
}

/** The file of `--config`, or that of NODE_ENV if it exists. An empty `--config=` means none. */
function readFile(sources: ConfigSources) {
  const { product, flags, env, cwd, packageRoot } = sources;
  const names = settingsOf(product).map(({ name }) => name);
  const named = flags.get(CONFIG_FLAG) ?? env[environmentName(product, CONFIG_FLAG)];
  const folders = [...new Set([join(cwd, 'config'), join(packageRoot, 'config')])];
  let path: string | undefined;
  if (named === undefined) {
    const { NODE_ENV = '' } = env;
    if (/^\w[\w.-]*$/.test(NODE_ENV)) path = folders.map((folder) => join(folder, `${NODE_ENV}.json`)).find(existsSync);
  } else if (named !== '') {
    const isPath = isAbsolute(named) || /[/\\]/.test(named);
    const places = isPath ? [resolve(cwd, named)] : folders.map((folder) => join(folder, named));
    path = places.flatMap((place) => [place, `${place}.json`]).find(existsSync);
    if (path === undefined) {
      throw new ConfigError(
        `config: takes the path of a JSON file or its name under config/, not ${quoted(named)} (${originOf(sources, CONFIG_FLAG)}): no such file (looked for ${places.join(', ')})`,
      );
    }
  }
  return path === undefined ? null : { path, values: readValues(path, names) };
}

/** Settings as text, by name, in the format of the command line. */
function readValues(path: string, names: readonly string[]): ReadonlyMap<string, string> {
  const content = parse(path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError(`config file ${path}: takes a JSON object of settings`);
  }
  return new Map(
    Object.entries(content).map(([key, value]) => {
      if (!names.includes(key)) {
        const likely = suggestion(key, names);
        const advice = likely === null ? '--help lists all settings' : `did you mean ${likely}?`;
        throw new ConfigError(`config file ${path}: unknown setting ${quoted(key)}: ${advice}`);
      }
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new ConfigError(`config file ${path}: ${key} takes a string, a number or a boolean`);
      }
      return [key, String(value)];
    }),
  );
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new ConfigError(`config file ${path}: cannot be read (${codeOf(cause)})`, { cause });
  }
  try {
    const document = JsonDocument.parse(text);
    const [inexact] = document.inexactNumbers([]);
    if (inexact) throw new JsonError(inexact);
    return document.value;
  } catch (error) {
    // Without the parser's own message, which quotes the file: it may contain secrets.
    const { pointer, detail } = error instanceof JsonError ? error.details : { pointer: '', detail: '' };
    throw new ConfigError(
      `config file ${path}: ${pointer === '' ? 'is not valid JSON' : `${pointer.slice(1)} ${detail}`}`,
    );
  }
}

/** For example `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
