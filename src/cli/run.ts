import { ConfigError } from '../config/config-error.js';
import { parseFlags } from '../config/flags.js';
import { helpText } from '../config/help.js';
import { nearest } from '../config/nearest.js';
import { exitCodeOf } from './exit-code.js';
import type { Host } from './host.js';

/** A command: gets the arguments behind its name, and gives the exit code; null where it goes on serving. */
export type Command = (host: Host, argv: readonly string[]) => Promise<number | null>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serve,
  migrate: async () => (await import('./migrate.js')).migrate,
  export: async () => (await import('./transfer/export.js')).exportCommand,
  import: async () => (await import('./transfer/import.js')).importCommand,
  copy: async () => (await import('./transfer/copy.js')).copy,
  verify: async () => (await import('./transfer/verify.js')).verify,
  check: async () => (await import('./check.js')).check,
  mock: async () => (await import('./mock.js')).mock,
  openapi: async () => (await import('./openapi.js')).openapi,
};

/**
 * Runs what the command line asks for. It never throws: an error becomes one line and an exit code.
 *
 * @param host - the process
 */
export async function run(host: Host): Promise<void> {
  try {
    const [first = '', ...rest] = host.argv;
    const isCommand = first !== '' && !first.startsWith('-');
    const argv = isCommand ? rest : host.argv;
    const load = COMMANDS[isCommand ? first : 'serve'];
    if (!load || (isCommand && !Object.hasOwn(COMMANDS, first))) throw unknownCommand(first);
    const flags = parseFlags(argv.filter((argument) => argument.startsWith('-')).filter(isHelpOrVersion));
    if (flags.help) host.print(helpText());
    else if (flags.version) host.print(host.version);
    else {
      const command = await load();
      const code = await command(host, argv);
      if (code !== null) host.exit(code);
      return;
    }
    host.exit(0);
  } catch (error) {
    host.printError(`payments-api: ${oneLine(error)}`);
    host.exit(exitCodeOf(error));
  }
}

function isHelpOrVersion(argument: string): boolean {
  return ['--help', '-help', '-h', '--version', '-version'].includes(argument);
}

function unknownCommand(name: string): ConfigError {
  const names = Object.keys(COMMANDS);
  const suggestion = nearest(name, names);
  const hint = suggestion === null ? `the commands are ${names.join(', ')}` : `did you mean ${suggestion}?`;
  return new ConfigError(`${JSON.stringify(name)} is no command: ${hint}`);
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s*\n\s*/g, ' ');
}
