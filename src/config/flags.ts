import { ConfigError, quoted } from './config-error.js';
import { nearest } from './nearest.js';
import { allSettings } from './settings.js';

/** What a command line says, not yet read as settings. */
export interface Flags {
  /** The text of each flag given, by its name without dashes; `config` among them. */
  readonly values: ReadonlyMap<string, string>;
  readonly help: boolean;
  readonly version: boolean;
}

/** The flag that names a configuration file. It is no setting, since no file can hold it. */
export const CONFIG_FLAG = 'config';

const SWITCHES = new Set(allSettings.filter(({ format }) => format.isSwitch).map(({ name }) => name));
const NAMES = [...allSettings.map(({ name }) => name), CONFIG_FLAG, 'help', 'version'];

/**
 * Reads flags in the style of GNU (`--limit 5-S`, `--limit=5-S`, `--admin`, `--no-admin`) and in that of Go's flag
 * package (`-limit 5-S`, `-admin=false`). The last of several wins.
 *
 * @param argv - the arguments, without the program and the command
 * @throws ConfigError for an unknown flag, a flag without its value, and an argument that belongs to no flag
 */
export function parseFlags(argv: readonly string[]): Flags {
  const values = new Map<string, string>();
  let help = false;
  let version = false;
  for (let index = 0; index < argv.length; index += 1) {
    const { name, value, isNegated } = splitFlag(argv[index] ?? '');
    const next = argv[index + 1];
    if (name === 'help' || name === 'version') {
      if (value !== undefined) throw new ConfigError(`--${name} takes no value`);
      help ||= name === 'help';
      version ||= name === 'version';
    } else if (isNegated) {
      if (value !== undefined) throw new ConfigError(`--no-${name} takes no value`);
      values.set(name, 'false');
    } else if (value !== undefined) {
      values.set(name, value);
    } else if (SWITCHES.has(name)) {
      const hasValue = next !== undefined && isValueOf(name, next);
      values.set(name, hasValue ? next : 'true');
      if (hasValue) index += 1;
    } else {
      if (next === undefined || looksLikeFlag(next)) {
        throw new ConfigError(`--${name} needs a value: it takes ${takes(name)}`);
      }
      values.set(name, next);
      index += 1;
    }
  }
  return { values, help, version };
}

interface WrittenFlag {
  readonly name: string;
  readonly value: string | undefined;
  readonly isNegated: boolean;
}

function splitFlag(argument: string): WrittenFlag {
  const [, written, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
  if (written === undefined) {
    throw new ConfigError(`unexpected argument ${quoted(argument)}: settings are given as --name value`);
  }
  const name = written === 'h' ? 'help' : written;
  if (NAMES.includes(name)) return { name, value, isNegated: false };
  const positive = name.replace(/^no-/, '');
  if (SWITCHES.has(positive)) return { name: positive, value, isNegated: true };
  const likely = nearest(name, NAMES);
  const advice = likely === null ? '--help lists all of them' : `did you mean --${likely}?`;
  throw new ConfigError(`unknown flag ${quoted(`--${name}`)}: ${advice}`);
}

function looksLikeFlag(argument: string): boolean {
  return /^--|^-[a-z]/i.test(argument);
}

/** A switch may be followed by a value, as far as it takes it: `--trust-proxy 2`. */
function isValueOf(name: string, text: string): boolean {
  try {
    allSettings.find((setting) => setting.name === name)?.format.parse(text);
    return true;
  } catch {
    return false;
  }
}

function takes(name: string): string {
  return allSettings.find((setting) => setting.name === name)?.format.takes ?? 'a file';
}
