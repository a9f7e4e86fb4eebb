/** A load on a service, which a separate process generates. */
export interface FloodPlan {
  readonly port: number;
  /** Creates a payment, or reads one deep in the list, which costs the service more than the client. */
  readonly work: 'create' | { readonly listFrom: number };
  /** The rate of due requests, independent of responses; null: as fast as responses arrive. */
  readonly ratePerSecond: number | null;
  /** Opened in advance, a multiple of 16; a due request without a free connection is not sent. */
  readonly connections: number;
  readonly durationMs: number;
  /** Clients give up after this time: a later response is useless. */
  readonly clientTimeoutMs: number;
}

/** The result of a flood. Every due request is in exactly one of the counts. */
export interface FloodResult {
  readonly due: number;
  /** Finished within the clients' timeout, from when the request was sent. */
  readonly good: number;
  /** Shed with 503. */
  readonly shed: number;
  /** The response came too late. */
  readonly late: number;
  /** Another status, or a broken connection. */
  readonly failed: number;
  /** No connection was free when it was due. */
  readonly unsent: number;
  /** No response by the end. */
  readonly pending: number;
  readonly goodPerSecond: number;
  /** Of the good ones. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
