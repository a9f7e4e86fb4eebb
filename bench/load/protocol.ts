/** What the harness asks of the load generator, and what it hears back, over the IPC channel between them. */

/** Payments by number: `count` of them from `firstIndex` on, each `step` apart, in one namespace of ids. */
export interface IdRange {
  readonly namespace: number;
  readonly firstIndex: number;
  readonly count: number;
  /** 1 unless given. */
  readonly step?: number;
}

export interface CreateScript {
  readonly kind: 'create';
  readonly ids: IdRange;
  readonly attributes: string;
}

export type Script =
  /** `mayRefuse`: 503 is a response too, of a server that is asked for more than it can do; it is counted apart. */
  | { readonly kind: 'get'; readonly ids: IdRange; readonly attributes: string; readonly mayRefuse?: boolean }
  | CreateScript
  | { readonly kind: 'update'; readonly ids: IdRange; readonly attributes: string }
  /** `firstId` and `count`: what the page must hold. */
  | { readonly kind: 'list'; readonly path: string; readonly firstId: string; readonly count: number };

export type Pace =
  /** Closed loop: every connection sends its next request when the last has its response. */
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'requests'; readonly requests: number }
  /**
   * Open loop: requests are due by a schedule that does not wait for responses, and latency counts from when a request
   * was due. `isSpinning`: the generator has a core of its own and may watch the clock; else it wakes each millisecond.
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

/** `ready`: connections are open, nothing was sent yet that counts. */
export type FromGenerator = { readonly kind: 'ready' } | { readonly kind: 'result'; readonly result: JobResult };
export type ToGenerator = { readonly kind: 'prepare'; readonly job: Job } | { readonly kind: 'go' };

export interface JobResult {
  /** Refused ones included. */
  readonly requests: number;
  /** Answered 503, where the script allows that. */
  readonly refused: number;
  readonly seconds: number;
  /** How often each kind of error was seen; empty when every response was as expected. */
  readonly errors: Readonly<Record<string, number>>;
  /** Share of one core that the generator itself used, 0 to 1. */
  readonly generatorCpuShare: number;
  /** In open loop only. */
  readonly latencyMs: LatencyMs | null;
}

export interface LatencyMs {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
