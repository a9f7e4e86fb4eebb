import type { CountBatch, HitBatch } from '../http/limit/limiter.js';
import type { MetricsSnapshot } from '../observe/metrics.js';
import type { ProfileRequest, ProfileResult } from '../operators/profiling/profile.js';
import { question } from './channel.js';

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
