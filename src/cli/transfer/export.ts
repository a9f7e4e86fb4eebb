import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { ConfigError, quoted } from '../../config/config-error.js';
import { resources } from '../../payments/resource.js';
import { openArchives } from '../../store/open-store.js';
import { exportResource } from '../../store/transfer/export.js';
import { type Command, configOf } from '../command-line.js';
import { printLine } from './line.js';
import { grouped, Progress } from './progress.js';

/**
 * `export`: prints every row of every resource, deleted ones included, as newline-delimited JSON; with `--changes` every
 * change instead, from which an import makes the same rows, changes and idempotency keys.
 */
export const exportCommand: Command = async (host, line) => {
  const file = String(line.own.file ?? '-');
  const after = String(line.own.after ?? '0');
  const isLog = line.own.changes === true;
  if (!/^\d{1,18}$/.test(after)) throw new ConfigError('after: takes an order or a position, a whole number');
  const archives = await openArchives(configOf(host, line), resources, 'source');
  try {
    const output = file === '-' ? streamOutput(host.stdout()) : await fileOutput(resolve(host.cwd, file));
    try {
      for (const [index, archive] of archives.all.entries()) {
        const { name } = archive.resource;
        const what = isLog ? `changes of ${name}` : name;
        const counts = await archive.counts();
        const progress = new Progress(host, what, isLog ? counts.changes : counts.rows);
        try {
          const lines = await exportResource({
            archive,
            isLog,
            after,
            print: (item) => printLine(archive.resource, index > 0, item),
            write: output.write,
            onProgress: (done) => progress.report(done),
          });
          progress.end();
          host.printError(`exported ${grouped(lines)} ${what}`);
        } finally {
          progress.end();
        }
      }
      await output.finish();
      return 0;
    } catch (error) {
      await output.abandon();
      throw error;
    }
  } finally {
    await archives.close();
  }
};

/** Where a command prints its result. */
interface Output {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** Makes what was written last. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/**
 * The standard output.
 *
 * @param stream - stays open
 */
function streamOutput(stream: Writable): Output {
  let failure: Error | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error.code === 'EPIPE' ? new Error('the reader of the output went away') : error;
  });
  return {
    // Its callback comes whether the write succeeded or not, where `drain` would never come after an error.
    async write(text) {
      await new Promise<void>((resolve) => stream.write(text, () => setImmediate(resolve)));
      if (failure) throw failure;
    },
    finish: async () => {},
    abandon: async () => {},
  };
}

/**
 * A file. What is written goes to a file beside it that takes its name at the end, so that a file of this name is
 * always a whole one.
 *
 * @param path - an existing file is replaced
 * @throws ConfigError where the file cannot be made
 */
async function fileOutput(path: string): Promise<Output> {
  const unfinished = `${path}.unfinished`;
  const file = await open(unfinished, 'w').catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(`file: takes a path that can be written, and ${quoted(path)} cannot (${cause.code})`, {
      cause,
    });
  });
  return {
    write: (text) => file.appendFile(text),
    async finish() {
      await file.sync();
      await file.close();
      await rename(unfinished, path);
    },
    async abandon() {
      await file.close().catch(() => {});
      await rm(unfinished, { force: true });
    },
  };
}
