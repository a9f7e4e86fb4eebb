import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Product } from '../config/settings.js';
import type { Environment } from '../config/sources.js';
import type { ProcessPort } from '../process/channel.js';
import type { SignalSource } from '../process/signals.js';

/** The process, as far as a command may use it. */
export interface Host {
  /** What is served. */
  readonly product: Product;
  /** The arguments, without the program. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** The folder of the package. */
  readonly packageRoot: string;
  readonly version: string;
  readonly stdoutFd: number;
  /** The standard streams, opened only where a command asks for them. */
  stdin(): Readable;
  stdout(): Writable;
  stderr(): Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly facts: Pick<NodeJS.Process, 'pid'>;
  readonly signals: SignalSource;
  /** This process's end of the channel to its primary; null where it has none. */
  readonly parent: ProcessPort | null;
  /** Starts this program again with the same arguments, as the worker of this slot. */
  forkWorker(slot: number): ChildProcess;
  /** Monotonic time, ms. */
  now(): number;
  /** Prints a line for a person, or for another program. */
  print(text: string): void;
  printError(text: string): void;
  /** Is told of errors that nobody caught. */
  onUncaught(listener: (kind: 'uncaughtException' | 'unhandledRejection', error: unknown) => void): void;
  exit(code: number): void;
}
