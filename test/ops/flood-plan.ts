/** A load for a service, which is made by a process of its own. */
export interface FloodPlan {
  readonly port: number;
  /** Creates a payment, or reads one far behind in the list, which takes the service longer than the client. */
  readonly work: 'create' | { readonly listFrom: number };
  /** Requests that become due in a second, whether or not earlier ones have their response; null: as fast as responses come. */
  readonly ratePerSecond: number | null;
  /** Opened in advance, a multiple of 16; a request that is due while none is free is not sent. */
  readonly connections: number;
  readonly durationMs: number;
  /** Clients give up after this time: a response that comes later is worth nothing. */
  readonly patienceMs: number;
}

/** What became of a flood. Every request that was due is in exactly one of the counts. */
export interface FloodResult {
  readonly due: number;
  /** Done within the clients' patience, from when the request was sent. */
  readonly good: number;
  /** Shed with 503. */
  readonly shed: number;
  /** The response came too late. */
  readonly late: number;
  /** Another status, or a connection that broke. */
  readonly failed: number;
  /** No connection was free when it was due. */
  readonly unsent: number;
  /** No response by the end. */
  readonly unanswered: number;
  readonly goodPerSecond: number;
  /** Of the good ones. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
