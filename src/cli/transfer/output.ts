import { open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ConfigError, quoted } from '../../config/config-error.js';

/** Where a command prints its result. */
export interface Output {
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
export function streamOutput(stream: Writable): Output {
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
export async function fileOutput(path: string): Promise<Output> {
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
