import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError, quoted } from '../../config/config-error.js';
import { codeOf } from '../../config/sources.js';
import { contract } from '../../contract/contract.js';
import { RequestErrors } from '../../contract/errors.js';
import { createOperations, resources } from '../../payments/resource.js';
import { openArchives } from '../../store/open-store.js';
import { importLines } from '../../store/transfer/import.js';
import { type Command, configOf } from '../command-line.js';
import { type FindErrors, parseLine } from './line.js';
import { grouped, Progress } from './progress.js';

/** Longer than any row a service with the default limit took, and short enough to be held in memory. */
const MIN_LINE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * `import`: puts newline-delimited JSON into a database: what `export` printed, or rows as clients send them. 1 where a
 * line was rejected.
 */
export const importCommand: Command = async (host, line) => {
  const config = configOf(host, line);
  const file = String(line.own.file ?? '-');
  const source = file === '-' ? null : await openSource(resolve(host.cwd, file));
  const archives = await openArchives(config, resources, 'target');
  const progress = new Progress(host, source ? 'bytes' : 'lines', source ? source.size : null);
  try {
    const { written, same, rejected } = await importLines({
      chunks: source ? source.stream : host.stdin(),
      archives: archives.all,
      parse: (text) => parseLine(resources, findErrors, text),
      lineLimitBytes: Math.max(MIN_LINE_LIMIT_BYTES, 2 * config.bodyLimitBytes),
      onRejected: (lineNumber, reason) => progress.say(`line ${lineNumber}: ${reason}`),
      onProgress: (lines) => progress.report(source ? source.stream.bytesRead : lines),
    });
    progress.end();
    const parts = [`imported ${grouped(written)} rows`, `${grouped(same)} were there already`];
    host.printError(`${parts.join(', ')}, ${grouped(rejected)} lines rejected`);
    return rejected > 0 ? 1 : 0;
  } finally {
    progress.end();
    await archives.close();
  }
};

async function openSource(path: string) {
  try {
    const handle = await open(path);
    const { size } = await handle.stat();
    return { stream: createReadStream(path, { fd: handle, highWaterMark: 256 * 1024 }), size };
  } catch (cause) {
    throw new ConfigError(`file: takes a path that can be read, and ${quoted(path)} cannot (${codeOf(cause)})`, {
      cause,
    });
  }
}

const findErrors: FindErrors = (resource, body) => {
  const operationId = createOperations[resource.name];
  const create = contract.operations.find((operation) => operation.operationId === operationId);
  const validate = create?.validators.body['application/json'];
  if (!validate) throw new Error(`the contract has no operation that creates ${resource.name}`);
  const errors = new RequestErrors();
  errors.check(validate, body, '');
  return errors.list ?? [];
};
