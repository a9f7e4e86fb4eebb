/** Resources as newline-delimited JSON: `export` and `import`. */
import { randomUUID } from 'node:crypto';
import { createReadStream, fstatSync, rmSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError, quoted } from '../../config/config-error.js';
import { codeOf } from '../../config/sources.js';
import { contract } from '../../contract/contract.js';
import { RequestErrors } from '../../contract/errors.js';
import { createOperations, resources } from '../../payments/resource.js';
import { onStopSignals } from '../../process/shutdown.js';
import { openArchives } from '../../store/open-store.js';
import { importLines } from '../../store/transfer.js';
import { type Command, configOf, type Host } from '../command-line.js';
import { type FindErrors, parseLine, printLine } from './line.js';
import { grouped, Progress, reportIncomplete } from './progress.js';

/**
 * `export`: prints all rows, deleted ones included, as newline-delimited JSON. `--changes` prints all changes instead,
 * from which rows, changes and keys can be restored.
 */
export const exportCommand: Command = async (host, line) => {
  const file = String(line.own.file ?? '-');
  const after = String(line.own.after ?? '0');
  const isLog = line.own.changes === true;
  if (!/^\d{1,18}$/.test(after)) throw new ConfigError('after: takes an order or a position, a whole number');
  await using archives = await openArchives(configOf(host, line), resources, 'source');
  await using output = file === '-' ? streamOutput(host) : await fileOutput(host, resolve(host.cwd, file));
  for (const [index, archive] of archives.all.entries()) {
    const { name } = archive.resource;
    const what = isLog ? `changes of ${name}` : name;
    const counts = await archive.counts();
    using progress = new Progress(host, what, isLog ? counts.changes : counts.rows);
    let lines = 0;
    for await (const batch of isLog ? archive.changes(after) : archive.rows(after)) {
      await output.write(batch.map((item) => `${printLine(archive.resource, index > 0, item)}\n`).join(''));
      lines += batch.length;
      progress.report(lines);
    }
    progress.end();
    host.printError(`exported ${grouped(lines)} ${what}`);
  }
  await output.finish();
  return 0;
};

/** An incomplete output is removed when it is disposed. */
interface Output extends AsyncDisposable {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** Completes the output. */
  finish(): Promise<void>;
}

function streamOutput(host: Host): Output {
  const stream = host.stdout();
  let failure: Error | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error.code === 'EPIPE' ? new Error('the reader of the output disconnected') : error;
  });
  return {
    // The callback of `write` is called also after an error; `drain` would not be.
    async write(text) {
      await new Promise<void>((resolve) => stream.write(text, () => setImmediate(resolve)));
      if (failure) throw failure;
    },
    finish: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * A file. Data is written to a temporary file next to it, which is renamed at the end: a file of this name is always
 * complete, even if exports overlap. An existing file is replaced; a device or pipe is written to directly.
 *
 * @throws ConfigError if the file cannot be created
 */
async function fileOutput(host: Host, path: string): Promise<Output> {
  const opened = (name: string): Promise<FileHandle> =>
    open(name, 'w').catch((cause: unknown) => {
      throw unusable(path, 'written', cause);
    });
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw unusable(path, 'written', FOLDER);
  if (found && !found.isFile()) {
    const device = await opened(path);
    const close = () => device.close();
    return { write: (text) => device.appendFile(text), finish: close, [Symbol.asyncDispose]: close };
  }
  const target = found ? await realpath(path) : path;
  const unfinished = `${target}.${randomUUID()}.unfinished`;
  onStopSignals(host.signals, (code) => {
    rmSync(unfinished, { force: true });
    host.exit(code);
  });
  const file = await opened(unfinished);
  if (found) await file.chmod(found.mode);
  return {
    write: (text) => file.appendFile(text),
    async finish() {
      await file.sync();
      await file.close();
      await rename(unfinished, target);
    },
    async [Symbol.asyncDispose]() {
      await file.close().catch(() => {});
      await rm(unfinished, { force: true });
    },
  };
}

const STDIN_FD = 0;

const FOLDER = Object.assign(new Error('it is a folder'), { code: 'EISDIR' });

function unusable(path: string, what: 'written' | 'read', cause: unknown): ConfigError {
  const reason = `and ${quoted(path)} cannot (${codeOf(cause)})`;
  return new ConfigError(`file: takes a path that can be ${what}, ${reason}`, { cause });
}

/** Longer than any row of a service with the default limit, and small enough to fit into memory. */
const MIN_LINE_LIMIT_BYTES = 16 * 1024 * 1024;

/** `import`: imports the output of `export`, or rows as clients send them. 1 if a line was rejected. */
export const importCommand: Command = async (host, line) => {
  const config = configOf(host, line);
  const file = String(line.own.file ?? '-');
  const source = file === '-' ? null : await openSource(resolve(host.cwd, file));
  // To Node it is an empty stream.
  if (source === null && fstatSync(STDIN_FD).isDirectory()) throw unusable(file, 'read', FOLDER);
  await using archives = await openArchives(config, resources, 'target');
  const progress = new Progress(host, source ? 'bytes' : 'lines', source ? source.size : null);
  const { written, same, rejected } = await importLines({
    chunks: source ? source.stream : host.stdin(),
    archives: archives.all,
    parse: (text) => parseLine(resources, findErrors, text),
    lineLimitBytes: Math.max(MIN_LINE_LIMIT_BYTES, 2 * config.bodyLimitBytes),
    onRejected: (lineNumber, reason) => progress.say(`line ${lineNumber}: ${reason}`),
    onProgress: (lines) => progress.report(source ? source.stream.bytesRead : lines),
  }).catch(reportIncomplete(progress));
  progress.end();
  const parts = [`imported ${grouped(written)} rows`, `${grouped(same)} were there already`];
  host.printError(`${parts.join(', ')}, ${grouped(rejected)} lines rejected`);
  return rejected > 0 ? 1 : 0;
};

async function openSource(path: string) {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw FOLDER;
    return { stream: createReadStream(path, { fd: await open(path), highWaterMark: 256 * 1024 }), size: found.size };
  } catch (cause) {
    throw unusable(path, 'read', cause);
  }
}

const findErrors: FindErrors = (resource, body, document) => {
  const operationId = createOperations[resource.name];
  const create = contract.operations.find((operation) => operation.operationId === operationId);
  const content = create?.requestBody?.content.find(({ mediaType }) => mediaType === 'application/json');
  const validate = content && create?.validators.body[content.mediaType];
  if (!validate) throw new Error(`the contract has no operation that creates ${resource.name}`);
  const errors = new RequestErrors();
  for (const { pointer, detail } of document.inexactNumbers(content.verbatim)) errors.add(pointer, detail);
  errors.check(validate, body, '');
  return errors.list ?? [];
};
