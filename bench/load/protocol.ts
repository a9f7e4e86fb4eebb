/** The messages between the harness and the load generator, over an IPC channel. */

/** Payments by number: `count` of them from `firstIndex` on, each `step` apart, in one namespace of ids. */
export interface IdRange {
  readonly namespace: number;
  readonly firstIndex: number;
  readonly count: number;
  /** Default 1. */
  readonly step?: number;
}

export interface CreateScript {
  readonly kind: 'create';
  readonly ids: IdRange;
  readonly attributes: string;
}

export type Script =
  /** `mayShed`: a 503 of an overloaded server is allowed; it is counted separately. */
  | { readonly kind: 'get'; readonly ids: IdRange; readonly attributes: string; readonly mayShed?: boolean }
  | CreateScript
  | { readonly kind: 'update'; readonly ids: IdRange; readonly attributes: string }
  /** `firstId` and `count`: the expected page. */
  | { readonly kind: 'list'; readonly path: string; readonly firstId: string; readonly count: number };

export type Pace =
  /** Closed loop: each connection sends its next request after the response to the last. */
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'requests'; readonly requests: number }
  /**
   * Open loop: requests are due by a schedule that does not wait for responses, and latency counts from the due time.
   * `isSpinning`: the generator has its own core and may poll the clock; otherwise it wakes each millisecond.
   */
  | {
      readonly kind: 'rate';
      readonly ratePerSecond: number;
      readonly seconds: number;
      readonly isSpinning: boolean;
    };

export interface Job {
  readonly port: number;
  readonly connections: number;
  readonly script: Script;
  readonly pace: Pace;
}

/** `ready`: connections are open, and nothing that counts was sent yet. */
export type FromGenerator = { readonly kind: 'ready' } | { readonly kind: 'result'; readonly result: JobResult };
export type ToGenerator = { readonly kind: 'prepare'; readonly job: Job } | { readonly kind: 'go' };

export interface JobResult {
  /** Including rejected ones. */
  readonly requests: number;
  /** Responses with 503, if the script allows them. */
  readonly shed: number;
  readonly seconds: number;
  /** The number of errors of each kind; empty if every response was as expected. */
  readonly errors: Readonly<Record<string, number>>;
  /** Share of one core that the generator itself used, 0 to 1. */
  readonly generatorCpuShare: number;
  /** Open loop only. */
  readonly latencyMs: LatencyMs | null;
}

export interface LatencyMs {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
