import { allSettings, envName, type Setting } from './settings.js';

const USAGE = `Usage: payments-api [command] [flags]

Commands
  serve                     serve the API (what it does without a command)
  migrate up|down|status    bring the database's tables up to date, take the last step back, or say where they are
  export                    print every payment, deleted ones too, as newline-delimited JSON, in order of creation
      --file path           into a file instead (it takes its name when it is complete)
      --after order         only those behind the payment with this order
  import                    put such lines, or payments as clients send them, into the repository
      --file path           from a file instead of standard input
      Repeated, it goes on where it ended: what is there already is passed over. Rejected lines are named on stderr.
  copy                      move all payments from one database to another, then verify
  verify                    compare two databases row by row; differences go to stdout
      --from uri, --to uri  for both: an SQLite file or a postgres:// connection string
  check                     look whether the configuration and the database are fit to serve; changes nothing
  mock                      serve example payments from memory, with admin, metrics and CORS on
  openapi                   print the contract
`;

const NOTES = `Other flags
  --config file
      a JSON file of settings: a path, or a name under config/ (default: config/<NODE_ENV>.json if there)
      ${envName('config')}
  --help
  --version

A flag wins over its environment variable, which wins over the file, which wins over the default. The keys of a file
are the flags without dashes in front: {"max-results": 50}. A switch is written --admin, --admin=false or --no-admin.

Exit codes
  0   done; of serve and mock: stopped by a signal, with every request answered
  1   a failure: the database is away, the port is in use, import rejected a line, verify found a difference
  2   a setting, a file or a migration that must change first: trying again would end the same
`;

/**
 * The text of `--help`: the commands, and every setting with its default and its environment variable.
 */
export function helpText(): string {
  const groups = new Map<string, string[]>();
  for (const setting of allSettings) {
    const entries = groups.get(setting.group) ?? [];
    groups.set(setting.group, [...entries, entry(setting)]);
  }
  const sections = [...groups].map(([group, entries]) => `${group}\n${entries.join('')}`);
  return [USAGE, ...sections, NOTES].join('\n');
}

function entry(setting: Setting<unknown>): string {
  const { name, env, doc, format } = setting;
  const flag = format.isSwitch ? `--${name}` : `--${name} ${format.hint}`;
  return `  ${flag}\n      ${doc} (default: ${defaultText(setting)})\n      ${env}\n`;
}

/**
 * The default of a setting in words.
 *
 * @param setting - a setting
 */
export function defaultText(setting: Setting<unknown>): string {
  return setting.defaultDoc ?? setting.default ?? 'none';
}
