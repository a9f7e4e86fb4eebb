import { tmpdir } from 'node:os';
import type { Page } from '../../http/pages/pages.js';
import { createLocalProfiler } from './local-profiler.js';
import { type ProfileRequest, type ProfileResult, profileSecondsLimit } from './profile.js';
import { profilingPages } from './profiling-pages.js';

/** A snapshot of a heap of several gigabytes takes some minutes. */
const SNAPSHOT_MS = 600_000;

/** The worker processes of the service, as one of them reaches the others. */
export interface ProfiledWorkers {
  /** The numbers of all. */
  slots(): Promise<readonly number[]>;
  /** Has a profile made by another. */
  run(request: ProfileRequest): Promise<ProfileResult>;
  /** Makes the profiles that others ask this one for. */
  serve(run: (request: ProfileRequest) => Promise<ProfileResult>): void;
  /** Says that this process will not respond for a while; resolves when that was sent. */
  excuse(forMs: number): Promise<void>;
}

/**
 * The pages of `--profiling`, for profiles of this process, and of the other workers where there are any.
 *
 * @param service - the name of the service
 * @param timeoutMs - how long a request may take
 * @param workers - null where this process is the only one
 * @returns pages by path
 */
export async function openProfiling(
  service: string,
  timeoutMs: number,
  workers: ProfiledWorkers | null,
): Promise<Record<string, Page>> {
  const profile = createLocalProfiler(tmpdir());
  /** The process does nothing else while it writes a snapshot of its heap, and its primary must not take that for a hang. */
  const local: typeof profile = async (kind, options) => {
    if (kind !== 'heap' || !workers) return profile(kind, options);
    await workers.excuse(SNAPSHOT_MS);
    return profile(kind, options).finally(() => workers.excuse(0));
  };
  workers?.serve(({ kind, options }) => local(kind, options));
  return profilingPages({
    service,
    maxSeconds: profileSecondsLimit(timeoutMs),
    workers: workers && (await workers.slots()),
    runOn: (worker, kind, options) =>
      workers && worker !== undefined ? workers.run({ worker, kind, options }) : local(kind, options),
  });
}
