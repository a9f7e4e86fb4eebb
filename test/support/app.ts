import { type AppOptions, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics, type Metrics } from '../../src/observe/metrics.js';
import { product } from '../../src/payments/resource.js';
import { settingsFrom } from './config.js';
import { createClient, type HttpClient } from './http.js';
import { ROOT } from './program.js';
import type { LogLine } from './service.js';

/** The application in this process, for tests that replace parts of it. */
export interface ServedApp {
  readonly client: HttpClient;
  readonly port: number;
  readonly metrics: Metrics;
  /** All lines logged so far. */
  readonly lines: readonly LogLine[];
  /** The first matching line, past or future. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  close(): Promise<void>;
}

/**
 * Serves the application on a free port of the loopback interface.
 *
 * @param flags - as on the command line; all replies are checked against the contract unless a flag sets another share
 * @param parts - replace the application's own
 */
export async function serveApp(flags: readonly string[], parts: Partial<AppOptions> = {}): Promise<ServedApp> {
  const argv = flags.includes('--reply-check') ? flags : ['--reply-check', '1', ...flags];
  const config = loadConfig({ product, flags: settingsFrom(argv), env: {}, cwd: ROOT, packageRoot: ROOT });
  const lines: LogLine[] = [];
  const write = (text: string) => void lines.push(...text.split('\n').map((line) => JSON.parse(line)));
  const logger = createLogger({
    level: 'debug',
    sink: { write, flush: async () => {}, flushSync: () => {} },
  });
  const metrics = parts.metrics ?? createMetrics({ service: 'test', version: '0' });
  const app = await createApp({
    ...{ config, version: '0', logger, primary: null, processFacts: process },
    ...parts,
    metrics,
  });
  const address = await app.servers.api?.listen({ host: '127.0.0.1', port: 0 });
  if (!address) throw new Error('there is no server');
  const client = createClient(address.port);
  return {
    client,
    port: address.port,
    metrics,
    lines,
    async logged(fits) {
      for (;;) {
        const found = lines.find(fits);
        if (found) return found;
        await new Promise(setImmediate);
      }
    },
    async close() {
      client.close();
      await app.drain({ graceMs: 0, deadlineMs: 1000 });
    },
  };
}
