import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refundsApi } from '../../examples/refunds/api.js';
import { refunds } from '../../examples/refunds/resource.js';
import type { Config } from '../../src/config/config.js';
import { type ServedApp, serveApp } from './app.js';
import { configFrom } from './config.js';

export const REFUNDS_FOLDER = 'examples/refunds';

/**
 * Copies the service's migrations, and the refunds' migration after them with the next number.
 *
 * @param folder - gets a folder for each database
 */
export function copyMigrations(folder: string): void {
  cpSync('schema', folder, { recursive: true });
  for (const database of ['sqlite3', 'postgres']) {
    const to = join(folder, database);
    const next = readdirSync(to).filter((file) => file.endsWith('.up.sql')).length + 1;
    for (const suffix of ['_refunds.up.sql', '_refunds.down.sql']) {
      const from = join(REFUNDS_FOLDER, 'schema', database, `0003${suffix}`);
      cpSync(from, join(to, String(next).padStart(4, '0') + suffix));
    }
  }
}

/**
 * Serves payments and refunds together, in this process.
 *
 * @param flags - as on the command line, without `--repo-migrations`
 * @param changed - parts of the configuration that no flag sets
 */
export async function serveRefunds(flags: readonly string[], changed: Partial<Config> = {}): Promise<ServedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'refunds-schema-'));
  copyMigrations(folder);
  const config = { ...configFrom([...flags, '--repo-migrations', folder, '--reply-check', '1']), ...changed };
  const app = await serveApp(flags, {
    config,
    otherResources: [refunds],
    otherApis: async ({ resource, checkReply }) => [
      await refundsApi(resource(refunds), config.externalUrl, checkReply),
    ],
  });
  return {
    ...app,
    async close() {
      await app.close();
      rmSync(folder, { recursive: true });
    },
  };
}
