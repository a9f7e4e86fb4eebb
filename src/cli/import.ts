import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../config/config.js';
import { ConfigError, quoted } from '../config/config-error.js';
import { contract } from '../contract/contract.js';
import { RequestErrors } from '../contract/errors.js';
import { openArchive } from '../store/open-archive.js';
import { importPayments } from '../store/transfer/import-payments.js';
import type { FindFaults } from '../store/transfer/payment-line.js';
import type { Host } from './host.js';
import { takeOwnFlags } from './own-flags.js';
import { createProgress, grouped } from './progress.js';

/** Longer than any payment a service with the default limit took, and short enough to be held in memory. */
const LEAST_LINE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * `import`: puts newline-delimited JSON into a repository: what `export` printed, or payments as clients send them.
 *
 * @param host - the process
 * @param argv - flags: `--file`, and settings
 * @returns the exit code; 1 where a line was rejected
 */
export async function importCommand(host: Host, argv: readonly string[]): Promise<number> {
  const { env, cwd, packageRoot } = host;
  const { values, rest } = takeOwnFlags(argv, ['file']);
  const config = loadConfig({ argv: rest, env, cwd, packageRoot });
  const { file = '-' } = values;
  const source = file === '-' ? null : await openSource(resolve(cwd, file));
  const archive = await openArchive(config, 'target');
  const progress = createProgress({
    target: host.stderr(),
    unit: source ? 'bytes' : 'payments',
    total: source ? source.size : null,
    now: host.now,
  });
  try {
    const { written, same, rejected } = await importPayments({
      chunks: source ? source.stream : host.stdin(),
      archive,
      findFaults: createFaultFinder(),
      lineLimitBytes: Math.max(LEAST_LINE_LIMIT_BYTES, 2 * config.bodyLimitBytes),
      onRejected: (lineNumber, reason) => progress.say(`line ${lineNumber}: ${reason}`),
      onProgress: (payments) => progress.report(source ? source.stream.bytesRead : payments),
    });
    progress.end();
    const parts = [`imported ${grouped(written)} payments`, `${grouped(same)} were there already`];
    host.printError(`${parts.join(', ')}, ${grouped(rejected)} lines rejected`);
    return rejected > 0 ? 1 : 0;
  } finally {
    progress.end();
    await archive.close();
  }
}

async function openSource(path: string): Promise<{ readonly stream: ReadStream; readonly size: number }> {
  try {
    const handle = await open(path);
    const { size } = await handle.stat();
    return { stream: createReadStream(path, { fd: handle, highWaterMark: 256 * 1024 }), size };
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ConfigError(`file: takes a path that can be read, and ${quoted(path)} cannot (${reason})`, { cause });
  }
}

/** Holds a payment against what the contract says of the body that creates one; one error for each place. */
function createFaultFinder(): FindFaults {
  const create = contract.operations.find(({ operationId }) => operationId === 'createPayment');
  const validate = create?.validators.body['application/json'];
  if (!validate) throw new Error('the contract has no createPayment');
  return (body) => {
    const errors = new RequestErrors();
    errors.check(validate, body, '');
    return errors.list ?? [];
  };
}
