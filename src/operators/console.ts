import type { Document } from 'openapi-backend';
import type { Config } from '../config/config.js';
import { browserPage, type Page } from '../http/browser-pages.js';
import type { Cursors } from '../store/cursor.js';
import type { ResourceStore } from '../store/types.js';

export interface ConsoleDependencies {
  readonly config: Config;
  readonly version: string;
  readonly definition: Document;
  /** The changes that the page follows, and their cursors. */
  readonly changes: Pick<ResourceStore<string>, 'lastPosition'>;
  readonly cursors: { readonly changes: Cursors };
}

const RECENT_CHANGES = 20n;
const DEADLINE_MS = 1_000;

/**
 * The page of `--console` contains no data; it uses the API, and `/console/service`, which needs the operators' token.
 */
export function consolePages(dependencies: ConsoleDependencies): Record<string, Page> {
  const { config, version, definition, changes, cursors } = dependencies;
  if (!config.console) return {};
  const { repo, apiVersion } = config;
  return {
    ...browserPage({
      path: '/console',
      title: `${definition.info.title}: console`,
      files: ['console.css', 'console.js'],
    }),
    '/console/service': async () => {
      const call = { deadline: performance.now() + DEADLINE_MS, abandoned: false, pendingWrites: 0 };
      const last = BigInt(await changes.lastPosition(call));
      const position = String(last > RECENT_CHANGES ? last - RECENT_CHANGES : 0n);
      const changesAfter = cursors.changes.encode({ kind: 'after', position });
      return {
        status: 200,
        headers: { 'Cache-Control': 'no-store' },
        body: JSON.stringify({ version, repo, apiVersion, changesAfter }),
      };
    },
  };
}
