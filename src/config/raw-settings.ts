import convict from 'convict';
import { ConfigError, quoted } from './config-error.js';
import {
  type ConfigFile,
  type ConfigFolders,
  findConfigFile,
  findEnvironmentFile,
  readConfigFile,
} from './config-file.js';
import { CONFIG_FLAG, parseFlags } from './flags.js';
import { allSettings, envName, type Setting, schema } from './settings.js';

/** The environment variables of a process. */
export interface Environment {
  readonly NODE_ENV?: string | undefined;
  readonly [name: string]: string | undefined;
}

/** All settings, each found where it is given first: flags, environment, configuration file, defaults. */
export interface RawSettings {
  /** The configuration file that was read, if any. */
  readonly file: string | null;
  /** The value of a setting, or undefined where it is not given and has no default of its own. */
  valueOf<T>(setting: Setting<T>): T | undefined;
  /** A refusal of what is given for a setting, which names it, what it takes, and where it was given. */
  refusal(setting: Setting<unknown>, takes?: string): ConfigError;
}

/**
 * Layers the settings by convict and checks each by its format.
 *
 * @param argv - the arguments, without the program and the command
 * @param env - the environment
 * @param folders - where configuration files are looked for
 * @throws ConfigError for the first setting that is wrong
 */
export function readSettings(argv: readonly string[], env: Environment, folders: ConfigFolders): RawSettings {
  const flags = parseFlags(argv).values;
  const file = selectFile(flags.get(CONFIG_FLAG) ?? env[envName(CONFIG_FLAG)], env, folders);
  const raw = layers(flags, env, file);

  const originOf = ({ name, env: variable }: Setting<unknown>): string | null => {
    if (flags.has(name)) return `--${name}`;
    if (env[variable] !== undefined) return variable;
    return file?.values.has(name) ? file.path : null;
  };
  const textOf = ({ name }: Setting<unknown>): string | null => raw.get(name);
  const refusal = (setting: Setting<unknown>, takes = setting.format.takes): ConfigError => {
    const shown = setting.sensitive ? 'what is given' : quoted(textOf(setting) ?? '');
    return new ConfigError(
      `${setting.name}: takes ${takes}, not ${shown} (from ${originOf(setting) ?? 'the default'})`,
    );
  };

  try {
    raw.validate({ allowed: 'strict' });
  } catch (error) {
    // Convict lists every fault, each as "name: reason", and shows values that may be secret: only the first name is used.
    const wrong = allSettings.find(({ name }) => error instanceof Error && error.message.startsWith(`${name}:`));
    throw wrong === undefined ? error : refusal(wrong);
  }
  return {
    file: file?.path ?? null,
    valueOf(setting) {
      const text = textOf(setting);
      return text === null ? undefined : setting.format.parse(text);
    },
    refusal,
  };
}

/**
 * Convict reads its own arguments with a parser that turns `1e3` into 1000, and `load()` puts the environment over
 * anything set before it. So it is given no arguments, and the flags are set last.
 */
function layers(flags: ReadonlyMap<string, string>, env: Environment, file: ConfigFile | null) {
  const raw = convict<Record<string, string | null>>(schema, { env: { ...env }, args: [] });
  raw.load(Object.fromEntries(file?.values ?? []));
  for (const [name, text] of flags) {
    if (name !== CONFIG_FLAG) raw.set(name, text);
  }
  return raw;
}

/** An empty `--config=` means no file at all, not even that of the environment. */
function selectFile(named: string | undefined, env: Environment, folders: ConfigFolders): ConfigFile | null {
  if (named === '') return null;
  const path = named === undefined ? findEnvironmentFile(env.NODE_ENV, folders) : findConfigFile(named, folders);
  return path === null ? null : readConfigFile(path);
}
