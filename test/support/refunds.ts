import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refundsApi } from '../../examples/refunds/api.js';
import { refunds } from '../../examples/refunds/resource.js';
import type { Config } from '../../src/config/config.js';
import { type ServedApp, serveApp } from './app.js';
import { configFrom } from './config.js';

export const REFUNDS_FOLDER = 'examples/refunds';

/**
 * Serves payments and refunds together, in this process.
 *
 * @param flags - as on the command line, without `--repo-migrations`
 * @param changed - parts of the configuration that no flag sets
 */
export async function serveRefunds(flags: readonly string[], changed: Partial<Config> = {}): Promise<ServedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'refunds-schema-'));
  for (const from of ['schema', `${REFUNDS_FOLDER}/schema`]) cpSync(from, folder, { recursive: true });
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
