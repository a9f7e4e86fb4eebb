import type { CountBatch, HitBatch } from '../http/limit/limiter.js';
import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';
import type { MetricsSnapshot } from '../observe/metrics.js';

/** What a worker does for its primary. */
export interface WorkerMethods {
  /** No connection follows: respond to what was accepted, close the repository, and exit. */
  drain(options: DrainOptions): void;
  metrics(): Promise<MetricsSnapshot>;
  /** Gives back the hits of a client that were granted to it and that it has not given out. */
  takeBackHits(key: string): number;
}

/** What the primary does for all workers. */
export interface PrimaryServices {
  /** Counts these hits of the rate limit. */
  countHits(hits: HitBatch): Promise<CountBatch>;
  /** The metrics of all workers, as text. */
  metrics(): Promise<string>;
}

/** What a worker calls in its primary: services, and what it reports of itself. */
export interface PrimaryMethods extends PrimaryServices {
  /** Connections can come. */
  ready(): void;
  /**
   * Its event loop turns. It says so once a period, and when it was handed connections.
   *
   * @param lastId - it has the connections up to this one
   * @param openCount - the number of connections it has open
   */
  alive(lastId: number, openCount: number): void;
  /** Its event loop may stand still for so much longer, ms, over something that was asked for; 0: no more. */
  excuse(forMs: number): void;
  /** All is done, and the process ends. */
  drained(outcome: DrainOutcome): void;
}
