import { tmpdir } from 'node:os';
import type { Page } from '../../http/pages/pages.js';
import type { Channel } from '../../process/channel.js';
import { profileHere, profileOnWorker, workerSlots } from '../../process/questions.js';
import { createLocalProfiler } from './local-profiler.js';
import { profileSecondsLimit } from './profile.js';
import { profilingPages } from './profiling-pages.js';
import type { ProcessFacts } from './runtime-summary.js';

/** A snapshot of a heap of several gigabytes takes some minutes. */
const SNAPSHOT_MS = 600_000;

export interface OpenProfilingOptions {
  readonly config: { readonly timeoutMs: number };
  /** To the primary process; null where this process is the only one. */
  readonly channel: Channel | null;
  /** Node's `process`. */
  readonly processFacts: ProcessFacts;
}

/**
 * The pages of `--profiling`, for profiles of this process, and of the other workers where there are any.
 *
 * @param options - see `OpenProfilingOptions`
 * @returns pages by path
 */
export async function openProfiling({
  config,
  channel,
  processFacts,
}: OpenProfilingOptions): Promise<Record<string, Page>> {
  const profile = createLocalProfiler({ process: processFacts, snapshotFolder: tmpdir() });
  /** The process does nothing else while it writes a snapshot of its heap, and its primary must not take that for a hang. */
  const local: typeof profile = async (kind, options) => {
    if (kind !== 'heap' || !channel) return profile(kind, options);
    await excuse(channel, SNAPSHOT_MS);
    return profile(kind, options).finally(() => excuse(channel, 0));
  };
  const maxSeconds = profileSecondsLimit(config.timeoutMs);
  if (!channel) return profilingPages({ maxSeconds, runOn: (_worker, kind, options) => local(kind, options) });
  channel.answer(profileHere, ({ kind, options }) => local(kind, options));
  return profilingPages({
    maxSeconds,
    workers: await channel.ask(workerSlots, null).then((slots) => () => slots),
    runOn: (worker, kind, options) =>
      worker === undefined
        ? local(kind, options)
        : channel.ask(profileOnWorker, { worker, kind, options }, config.timeoutMs),
  });
}

/** Resolves when the primary was told, whether or not it still is there. */
function excuse(channel: Channel, forMs: number): Promise<void> {
  return new Promise((resolve) => channel.send({ kind: 'excused', forMs }, undefined, () => resolve()));
}
