import { ConfigError } from '../config/config-error.js';

/** What a command line says to one command, apart from what it says to all. */
export interface OwnFlags<Name extends string> {
  /** The values of the command's own flags. */
  readonly values: Readonly<Partial<Record<Name, string>>>;
  /** The command's own switches that were given. */
  readonly switches: ReadonlySet<string>;
  /** The other arguments, in order: settings. */
  readonly rest: readonly string[];
}

/**
 * Takes a command's own flags out of its arguments, written as settings are: `--file x`, `--file=x` or `-file x`.
 *
 * @param argv - the arguments behind the command
 * @param names - the flags it knows, each with a value
 * @param switchNames - the flags it knows that take no value
 * @throws ConfigError for a flag without its value
 */
export function takeOwnFlags<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
  switchNames: readonly string[] = [],
): OwnFlags<Name> {
  const values: Partial<Record<Name, string>> = {};
  const rest: string[] = [];
  const switches = new Set<string>();
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [, written, attached] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const name = names.find((known) => known === written);
    if (written !== undefined && attached === undefined && switchNames.includes(written)) switches.add(written);
    else if (name === undefined) rest.push(argument);
    else {
      const value = attached ?? argv[index + 1];
      // A lone dash is a value: the standard stream.
      if (value === undefined || value === '' || (attached === undefined && /^-./.test(value))) {
        throw new ConfigError(`--${name} needs a value`);
      }
      values[name] = value;
      if (attached === undefined) index += 1;
    }
  }
  return { values, switches, rest };
}
