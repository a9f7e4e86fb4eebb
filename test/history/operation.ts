/**
 * A client's operation on one payment, and its response. Times are of one monotonic clock, ms. All writes have
 * different values, so that a read shows whose value it saw.
 */
export type Operation = {
  readonly invokedMs: number;
  /** Infinite if the outcome is unknown: the write may still happen later. */
  readonly returnedMs: number;
} & (
  | { readonly kind: 'create'; readonly value: string; readonly outcome: 'done' | 'exists' | 'unknown' }
  | {
      readonly kind: 'update';
      readonly version: number;
      readonly value: string;
      readonly outcome: 'done' | 'absent' | 'unknown' | Conflict;
    }
  | { readonly kind: 'delete'; readonly version: number; readonly outcome: 'done' | 'absent' | 'unknown' | Conflict }
  | { readonly kind: 'read'; readonly outcome: 'absent' | Seen }
);

/** The write was rejected because the payment had this version. */
export interface Conflict {
  readonly currentVersion: number;
}

/** The result of a read. */
export interface Seen {
  readonly version: number;
  readonly value: string;
}
