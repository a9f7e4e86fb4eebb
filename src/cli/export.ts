import { resolve } from 'node:path';
import { loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { openArchive } from '../store/open-archive.js';
import { exportPayments } from '../store/transfer/export-payments.js';
import type { Host } from './host.js';
import { fileOutput, streamOutput } from './output.js';
import { takeOwnFlags } from './own-flags.js';
import { createProgress, grouped } from './progress.js';

/**
 * `export`: prints every payment, deleted ones included, as newline-delimited JSON.
 *
 * @param host - the process
 * @param argv - flags: `--file`, `--after`, and settings
 * @returns the exit code
 */
export async function exportCommand(host: Host, argv: readonly string[]): Promise<number> {
  const { env, cwd, packageRoot } = host;
  const { values, rest } = takeOwnFlags(argv, ['file', 'after']);
  const { file = '-', after = '0' } = values;
  if (!/^\d{1,18}$/.test(after)) throw new ConfigError('after: takes the order of a payment, a whole number');
  const archive = await openArchive(loadConfig({ argv: rest, env, cwd, packageRoot }), 'source');
  try {
    const output = file === '-' ? streamOutput(host.stdout()) : await fileOutput(resolve(cwd, file));
    const total = await archive.count();
    const progress = createProgress({ target: host.stderr(), unit: 'payments', total, now: host.now });
    try {
      const payments = await exportPayments({ archive, after, write: output.write, onProgress: progress.report });
      await output.finish();
      progress.end();
      host.printError(`exported ${grouped(payments)} payments`);
      return 0;
    } catch (error) {
      progress.end();
      await output.abandon();
      throw error;
    }
  } finally {
    await archive.close();
  }
}
