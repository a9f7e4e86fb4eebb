import { resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { resources } from '../../payments/resource.js';
import { openArchives } from '../../store/open-store.js';
import { exportResource } from '../../store/transfer/export.js';
import { type Command, configOf } from '../command-line.js';
import { printLine } from './line.js';
import { fileOutput, streamOutput } from './output.js';
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
