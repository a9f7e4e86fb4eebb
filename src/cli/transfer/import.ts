import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError, quoted } from '../../config/config-error.js';
import { openArchives } from '../../store/open-store.js';
import { importLines } from '../../store/transfer/import.js';
import { type CommandLine, configOf } from '../command-line.js';
import type { Host } from '../host.js';
import { parseLine } from './line.js';
import { grouped, progressOf } from './progress.js';
import { type Transferred, transferred } from './resources.js';

/** Longer than any row a service with the default limit took, and short enough to be held in memory. */
const MIN_LINE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * `import`: puts newline-delimited JSON into a database: what `export` printed, or rows as clients send them.
 *
 * @param host - the process
 * @param line - flags: `--file`, and settings
 * @param resources - what can be imported
 * @returns the exit code; 1 where a line was rejected
 */
export async function importCommand(
  host: Host,
  line: CommandLine,
  { descriptions, findErrors }: Transferred = transferred,
): Promise<number> {
  const config = configOf(host, line);
  const file = String(line.own.file ?? '-');
  const source = file === '-' ? null : await openSource(resolve(host.cwd, file));
  const archives = await openArchives(config, descriptions, 'target');
  const progress = progressOf(host, source ? 'bytes' : 'lines', source ? source.size : null);
  try {
    const { written, same, rejected } = await importLines({
      chunks: source ? source.stream : host.stdin(),
      archives: archives.all,
      parse: (text) => parseLine(descriptions, findErrors, text),
      lineLimitBytes: Math.max(MIN_LINE_LIMIT_BYTES, 2 * config.bodyLimitBytes),
      onRejected: (lineNumber, reason) => progress.say(`line ${lineNumber}: ${reason}`),
      onProgress: (lines) => progress.report(source ? source.stream.bytesRead : lines),
    });
    progress.end();
    const what = descriptions.length === 1 ? descriptions[0]?.name : 'rows';
    const parts = [`imported ${grouped(written)} ${what}`, `${grouped(same)} were there already`];
    host.printError(`${parts.join(', ')}, ${grouped(rejected)} lines rejected`);
    return rejected > 0 ? 1 : 0;
  } finally {
    progress.end();
    await archives.close();
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
