import type { Writable } from 'node:stream';
import { Argument, CommanderError, type Help, Option, Command as Program } from 'commander';
import { ConfigError, quoted, suggestion } from '../config/config-error.js';
import { defaultText, environmentName, type Product, type Setting, settingsOf } from '../config/settings.js';
import { CONFIG_FLAG, codeOf } from '../config/sources.js';
import { type Command, type CommandLine, exitCodeOf, type Host } from './command-line.js';

export interface ParsedLine {
  readonly command: CommandDescription;
  readonly line: CommandLine;
}

export type ProgramHost = Pick<Host, 'product' | 'version' | 'print'> & Partial<Pick<Host, 'stdout'>>;

const SOURCES =
  'A flag overrides its environment variable, which overrides the file, which overrides the default. The keys of a file ' +
  'are the flags without dashes: {"max-results": 50}. A switch is written --admin, --admin=false or --no-admin.';
const EXIT_CODES = {
  0: 'success; for serve and mock: stopped by a signal, with every request served',
  1: 'a failure: the database is unreachable, the port is in use, import rejected a line, verify found a difference',
  2: 'a setting, a file or a migration has to change first: another attempt would fail too',
};

/**
 * Parses a command line, and prints the output of `--help` and `--version`.
 *
 * @returns what to run; null if everything has been printed
 * @throws ConfigError for an unknown command, flag or argument, and for a flag without its value
 */
export function parseCommandLine(host: ProgramHost, argv: readonly string[]): ParsedLine | null {
  const found: ParsedLine[] = [];
  const program = createProgram(host, (command, line) => found.push({ command, line }));
  const [first = ''] = argv;
  const names = program.commands.map((command) => command.name());
  const asked = first === 'help' ? (argv[1] ?? '') : first;
  // Commander treats "help help" as an error.
  const words = asked === 'help' ? ['help'] : argv;
  if (asked !== '' && !asked.startsWith('-') && asked !== 'help' && !names.includes(asked)) {
    const likely = suggestion(asked, [...names, 'help']);
    const advice = likely === null ? `the commands are ${names.join(', ')}` : `did you mean ${likely}?`;
    throw new ConfigError(`${quoted(asked)} is not a command: ${advice}`);
  }
  try {
    program.parse(withDoubleDashes(words, program, host.product), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw explained(error, first, program);
  }
  return found[0] ?? null;
}

export function createProgram(
  { product, version, print, stdout }: ProgramHost,
  onCommand: (command: CommandDescription, line: CommandLine) => void = () => {},
): Program {
  const program = new Program(product.serviceName);
  const file =
    'a JSON file of settings: a path, or a name under config/ (default: config/<NODE_ENV>.json if it exists; empty for none';
  // As wide as the terminal, within limits.
  const columns = () => Math.max(72, Math.min(stdout?.().columns ?? 110, 110));
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      // Errors are thrown, and printed by the caller.
      writeErr: () => {},
      getOutHelpWidth: columns,
    })
    .configureHelp({
      minWidthToWrap: 30,
      subcommandTerm: (command) => `${command.name()} ${command.usage()}`.replace(' [flags]', ''),
    })
    .usage('[command] [flags]')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .helpCommand('help [command]', 'print this help, or that of a command')
    .addHelpText('after', () => notes(program.createHelp(), columns()))
    .option(`--${CONFIG_FLAG} <file>`, `${file}; ${environmentName(product, CONFIG_FLAG)})`);
  for (const setting of settingsOf(product)) {
    for (const option of optionsOf(setting, product)) program.addOption(option);
  }
  for (const [name, description] of Object.entries(COMMANDS)) {
    const { doc, operands, flags = {} } = description;
    const command = program.command(name, { isDefault: name === 'serve' }).description(doc);
    command.usage(operands ? `${operands.join('|')} [flags]` : '[flags]');
    command.addHelpText('after', `\nAll settings apply too; see ${product.serviceName} --help`);
    if (operands) command.addArgument(new Argument(`<${operands.join('|')}>`).choices(operands));
    for (const [flag, meaning] of Object.entries(flags)) command.option(flag, meaning);
    command.allowExcessArguments(false).action(() => {
      onCommand(description, {
        operands: command.args,
        own: command.opts(),
        settings: givenSettings(program),
        program,
      });
    });
  }
  return program;
}

function notes(help: Help, helpWidth: number): string {
  help.prepareContext({ helpWidth });
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => help.formatItem(code, 1, meaning, help));
  return ['', help.boxWrap(SOURCES, helpWidth), '', 'Exit codes:', ...codes].join('\n');
}

/** The flags of a setting. A switch may have a value or none, and can be negated. */
function optionsOf(setting: Setting<unknown>, product: Product): Option[] {
  const { name, group, doc, format } = setting;
  const text = `${doc} (default: ${defaultText(setting)}; ${environmentName(product, name)})`;
  if (!format.isSwitch) return [new Option(`--${name} <${format.hint}>`, text).helpGroup(group)];
  return [new Option(`--${name} [${format.hint}]`, text).helpGroup(group), new Option(`--no-${name}`).hideHelp()];
}

function givenSettings(program: Program): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const option of program.options) {
    const name = option.attributeName();
    if (program.getOptionValueSource(name) === 'cli') given.set(nameOf(option), String(program.getOptionValue(name)));
  }
  return given;
}

function nameOf(option: Option): string {
  return option.name().replace(/^no-/, '');
}

/**
 * Converts flags in the style of the earlier service (`-admin`, `-limit=5-S`) to `--admin` and `--limit=5-S`. A value
 * that looks like a flag is probably the next flag, after a forgotten value.
 *
 * @throws ConfigError for a flag that is followed by another flag instead of its value
 */
function withDoubleDashes(argv: readonly string[], program: Program, product: Product): string[] {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const withValue = new Map(options.filter(({ required }) => required).map((option) => [option.long, option]));
  const words = argv.map((word) => (/^-[a-z][a-z\d-]+(=|$)/i.test(word) ? `-${word}` : word));
  for (const [index, word] of words.entries()) {
    const option = withValue.get(word);
    const next = words[index + 1];
    if (option === undefined || (next !== undefined && !/^--?[a-z]/i.test(next))) continue;
    const setting = settingsOf(product).find(({ name }) => name === option.name());
    // The placeholder in the help, for example `path`.
    const [, hint = 'value'] = /<(.*)>/.exec(option.flags) ?? [];
    throw new ConfigError(`${word} needs a value: it takes ${setting?.format.takes ?? `a ${hint}`}`);
  }
  return words;
}

/** Commander's error as one line, with a suggestion. */
function explained({ code, message }: CommanderError, command: string, program: Program): ConfigError {
  const operands = COMMANDS[command]?.operands;
  if (operands && /^commander\.(missing|invalid)Argument$/.test(code)) {
    return new ConfigError(`${command} takes ${operands.slice(0, -1).join(', ')} or ${operands.at(-1)}`);
  }
  const text = message.replace(/^error: /, '');
  if (code === 'commander.excessArguments') {
    return new ConfigError(
      `unexpected argument ${quoted(program.args.at(-1) ?? '')}: settings are given as --name value`,
    );
  }
  if (code !== 'commander.unknownOption') return new ConfigError(text);
  // Without the value, which may be a secret.
  const [, dashes = '', name = ''] = /'(--?)([^'=]*)/.exec(text) ?? [];
  if (program.options.some(({ long }) => long === `--${name}`)) return new ConfigError(`--${name} takes no value`);
  const own = program.commands.find((each) => each.name() === command)?.options ?? [];
  const likely = suggestion(name.replace(/^no-/, ''), [...[...program.options, ...own].map(nameOf), 'help']);
  const advice = likely === null ? '--help lists all of them' : `did you mean --${likely}?`;
  return new ConfigError(`unknown flag ${quoted(`${dashes}${name}`)}: ${advice}`);
}

/** Runs a command line. It never throws: an error becomes one line and an exit code. */
export async function run(host: Host): Promise<void> {
  let lost: NodeJS.ErrnoException | null = null;
  let watches = false;
  function print(text: string): void {
    if (!watches) host.stdout().on('error', (error) => (lost ??= error));
    watches = true;
    host.print(text);
  }
  let code: number | null;
  try {
    const parsed = parseCommandLine({ ...host, print }, host.argv);
    const command = await parsed?.command.load();
    code = parsed && command ? await command({ ...host, print }, parsed.line) : 0;
    if (code === null) return;
    await flushed(host.stdout());
    // A reader that has closed the pipe is no failure; a full disk is.
    if (lost !== null && codeOf(lost) !== 'EPIPE') throw lost;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    host.printError(`${host.product.serviceName}: ${message.replace(/\s*\n\s*/g, ' ')}`);
    code = exitCodeOf(error);
  }
  await flushed(host.stderr());
  host.exit(code);
}

/** Waits until the output is written: a pipe takes 64 KiB at once, and `exit` does not wait. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}

export interface CommandDescription {
  readonly doc: string;
  /** The values of its one argument. */
  readonly operands?: readonly string[];
  /** Its own flags and their help, for example `--file <path>`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Loads its module, so that a start does not load the other commands. */
  readonly load: () => Promise<Command>;
}

const DATABASES = {
  '--from <uri>': 'an SQLite file or a postgres:// connection string',
  '--to <uri>': 'the other database',
};

/** All commands. The default is `serve`. */
const COMMANDS: Readonly<Record<string, CommandDescription>> = {
  serve: {
    doc: 'serve the API (the default)',
    load: async () => (await import('./serve.js')).serve,
  },
  migrate: {
    doc: 'apply pending migrations, revert the last one, or show their state',
    operands: ['up', 'down', 'status'],
    flags: { '--yes': 'revert without asking' },
    load: async () => (await import('./migrate.js')).migrate,
  },
  export: {
    doc: 'print every row, deleted ones included, as newline-delimited JSON in order of creation',
    flags: {
      '--changes': 'export changes instead of rows; importing them restores rows, changes and idempotency keys',
      '--file <path>': 'write to a file, which appears under its name once it is complete',
      '--after <order>': 'only rows after this order, or changes after this position',
    },
    load: async () => (await import('./transfer/files.js')).exportCommand,
  },
  import: {
    doc: 'import exported lines, or request bodies; existing rows are skipped, rejected lines are named on stderr',
    flags: { '--file <path>': 'read from a file instead of standard input' },
    load: async () => (await import('./transfer/files.js')).importCommand,
  },
  copy: {
    doc: 'copy everything from one database to another, then verify',
    flags: DATABASES,
    load: async () => (await import('./transfer/two-databases.js')).copy,
  },
  verify: {
    doc: 'compare two databases row by row; differences go to stdout',
    flags: DATABASES,
    load: async () => (await import('./transfer/two-databases.js')).verify,
  },
  check: {
    doc: 'check whether configuration, port and database are ready to serve; changes nothing',
    load: async () => (await import('./check.js')).check,
  },
  mock: {
    doc: 'serve example data from memory, with admin, metrics and CORS on',
    load: async () => (await import('./example-data.js')).mock,
  },
  openapi: {
    doc: 'print the contract',
    load: async () => (await import('./print.js')).openapi,
  },
  completion: {
    doc: 'print a script that completes commands and flags in a shell',
    operands: ['bash', 'zsh', 'fish'],
    load: async () => (await import('./print.js')).completion,
  },
  version: {
    doc: 'print the version',
    load: async () => async (host) => {
      host.print(host.version);
      return 0;
    },
  },
};
