import { allSettings, envName, type Setting } from './settings.js';

const USAGE = `Usage: payments-api [command] [flags]

Commands
  serve                     serve the API (what it does without a command)
  migrate up|down|status    bring the database's tables up to date, take the last step back, or say where they are
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
Exit codes: 2 for a setting that cannot be used, 1 for any other failure.
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
