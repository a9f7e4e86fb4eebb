import type { CountBatch, HitBatch } from '../http/limit/limiter.js';
import type { MetricsSnapshot } from '../observe/metrics.js';
import type { ProfileRequest, ProfileResult } from '../operators/profiling/profile.js';
import { type Channel, question } from './channel.js';

/** Worker → primary: count these hits for all workers. */
export const countHits = question<HitBatch, CountBatch>('limit.hits');
/** Worker → primary: the metrics of all workers, as text. */
export const metricsOfAll = question<null, string>('metrics.all');
/** Primary → worker: your own metrics. */
export const metricsOfOne = question<null, MetricsSnapshot>('metrics.one');
/** Worker → primary: which workers are there? */
export const workerSlots = question<null, number[]>('workers');
/** Worker → primary: have a profile made by that worker. */
export const profileOnWorker = question<ProfileRequest, ProfileResult>('profile.worker');
/** Primary → worker: make a profile. */
export const profileHere = question<ProfileRequest, ProfileResult>('profile.here');

/**
 * The other workers, for profiles of them.
 *
 * @param channel - to the primary
 * @param timeoutMs - how long a profile may take
 */
export function profiledWorkers(channel: Channel, timeoutMs: number) {
  return {
    slots: () => channel.ask(workerSlots, null),
    run: (request: ProfileRequest) => channel.ask(profileOnWorker, request, timeoutMs),
    serve: (run: (request: ProfileRequest) => Promise<ProfileResult>) => channel.answer(profileHere, run),
    /** Tells the primary that this process will not respond for a while. */
    excuse: (forMs: number) =>
      new Promise<void>((resolve) => channel.send({ kind: 'excused', forMs }, undefined, () => resolve())),
  };
}
