/** The windows of one client address, as a store counts them. */
export interface Count {
  /** Hits in the current window, this one included. */
  readonly count: number;
  /** What is left of the window. */
  readonly resetMs: number;
}

/** Where hits are counted. A store that knows the answer gives it at once, without a promise. */
export interface LimitStore {
  hit(key: string): Count | Promise<Count>;
  /** How many clients it remembers in this process. */
  readonly size: number;
  /** Lets go of connections and timers. */
  close(): void;
}

export const CLIENTS_LIMIT = 200_000;
