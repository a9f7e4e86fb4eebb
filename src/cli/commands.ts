import type { Command } from './command-line.js';

/** What the help, the completion and the parser know of a command. */
export interface CommandDescription {
  readonly doc: string;
  /** Values of the one argument it takes, if it takes one. */
  readonly operands?: readonly string[];
  /** Its own flags with what they mean, for example `--file <path>`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Loads its module, so that a start reads nothing of the other commands. */
  readonly load: () => Promise<Command>;
}

const DATABASES = {
  '--from <uri>': 'an SQLite file or a postgres:// connection string',
  '--to <uri>': 'another one',
};

/** All commands. Without a command the program serves. */
export const COMMANDS: Readonly<Record<string, CommandDescription>> = {
  serve: {
    doc: 'serve the API (the default)',
    load: async () => (await import('./serve.js')).serve,
  },
  migrate: {
    doc: "bring the tables up to date, undo the last migration, or show the tables' state",
    operands: ['up', 'down', 'status'],
    flags: { '--yes': 'undo without a question' },
    load: async () => (await import('./migrate.js')).migrate,
  },
  export: {
    doc: 'print every row, deleted ones included, as newline-delimited JSON in order of creation',
    flags: {
      '--changes': 'every change instead, from which an import makes the same rows, changes and idempotency keys',
      '--file <path>': 'write to a file instead, which gets its name when it is complete',
      '--after <order>': 'only what comes after this order, or after this position of a change',
    },
    load: async () => (await import('./transfer/export.js')).exportCommand,
  },
  import: {
    doc: 'read such lines, or request bodies; rows that exist are skipped, rejected lines are named on stderr',
    flags: { '--file <path>': 'read from a file instead of standard input' },
    load: async () => (await import('./transfer/import.js')).importCommand,
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
    doc: 'check that the configuration, the port and the database are fit to serve; changes nothing',
    load: async () => (await import('./check.js')).check,
  },
  mock: {
    doc: 'serve example data from memory, with admin, metrics and CORS on',
    load: async () => (await import('./example-data.js')).mock,
  },
  openapi: {
    doc: 'print the contract',
    load: async () => (await import('./openapi.js')).openapi,
  },
  completion: {
    doc: 'print a script that completes commands and flags in a shell',
    operands: ['bash', 'zsh', 'fish'],
    load: async () => (await import('./completion.js')).completion,
  },
  version: {
    doc: 'print the version',
    load: async () => async (host) => {
      host.print(host.version);
      return 0;
    },
  },
};
