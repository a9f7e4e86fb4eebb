import type { AnyReply } from '../../contract/types.js';
import type { Page } from '../../http/pages/pages.js';
import { problem } from '../../http/problems.js';
import { openSnapshot } from './heap-snapshot.js';
import { indexHtml } from './index-page.js';
import type { ProfileKind, RunProfile } from './profile.js';
import { readProfileQuery } from './profile-query.js';
import { PROFILE_TYPES } from './profile-types.js';

export interface ProfilingOptions {
  /** Takes the profiles, in this process or in a worker. */
  readonly runOn: RunProfile;
  /** The longest profile; see `profileSecondsLimit`. */
  readonly maxSeconds: number;
  /** The numbers of the workers that run now; leave it out where there is one process only. */
  readonly workers?: () => readonly number[];
}

const NO_STORE = { 'Cache-Control': 'no-store' };

/** The index has no script, no style and no picture. */
const INDEX_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/**
 * The pages behind `--profiling`: an index, and one page for each kind of profile. Make them only where profiling is
 * on; what they need is loaded when a profile is asked for.
 *
 * @param options - who takes the profiles, within which bounds
 * @returns pages by path, for the page router
 */
export function profilingPages(options: ProfilingOptions): Record<string, Page> {
  const { maxSeconds, workers } = options;
  const pages: Record<string, Page> = {
    '/profiling/': async () => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: { ...NO_STORE, 'Content-Security-Policy': INDEX_POLICY },
      body: indexHtml(maxSeconds, workers?.() ?? null),
    }),
  };
  for (const kind of PROFILE_TYPES.keys()) pages[`/profiling/${kind}`] = profilePage(kind, options);
  return pages;
}

function profilePage(kind: ProfileKind, { runOn, maxSeconds, workers }: ProfilingOptions): Page {
  const defaultSeconds = PROFILE_TYPES.get(kind)?.defaultSeconds ?? null;
  const seconds =
    defaultSeconds === null ? null : { fallback: Math.min(defaultSeconds, maxSeconds), limit: maxSeconds };
  const rules = { seconds, takesWorker: workers !== undefined };

  return async ({ query }) => {
    const asked = readProfileQuery(query, rules);
    if (Array.isArray(asked)) return problem('validation_failed', 'The query does not fit this page.', asked);
    const result = await runOn(asked.worker, kind, { seconds: asked.seconds });
    switch (result.outcome) {
      case 'busy':
        return problem('overloaded', `One profile at a time: ${result.running} is being taken. Try again later.`);
      case 'no_such_worker':
        return problem('validation_failed', 'The query does not fit this page.', [
          { pointer: '/query/worker', detail: `must be the number of a worker that runs: ${runningWorkers(workers)}` },
        ]);
      case 'text':
        return { status: 200, headers: headersOf(kind, asked.worker), body: result.text };
      case 'file': {
        const { content, bytes } = await openSnapshot(result.path);
        return {
          status: 200,
          headers: { ...headersOf(kind, asked.worker), 'Content-Length': String(bytes) },
          body: content,
        };
      }
    }
  };
}

function runningWorkers(workers: (() => readonly number[]) | undefined): string {
  return workers?.().join(', ') || 'there is none';
}

function headersOf(kind: ProfileKind, worker: number | undefined): NonNullable<AnyReply['headers']> {
  const extension = PROFILE_TYPES.get(kind)?.extension;
  if (extension === undefined) return NO_STORE;
  const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  const origin = worker === undefined ? '' : `-worker-${worker}`;
  const name = `payments-api-${kind}${origin}-${time}.${extension}`;
  return { ...NO_STORE, 'Content-Disposition': `attachment; filename="${name}"` };
}
