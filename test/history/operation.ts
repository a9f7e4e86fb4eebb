/**
 * What a client did to one payment, and what it was told. Times are of one monotonic clock, ms. A write writes a value
 * that no other write writes, so that a read tells whose it saw.
 */
export type Operation = {
  readonly invokedMs: number;
  /** Infinite where the outcome is unknown: it may still come to pass after the client was told so. */
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

/** The write was refused, because the payment was at this version. */
export interface Conflict {
  readonly currentVersion: number;
}

/** What a read gave. */
export interface Seen {
  readonly version: number;
  readonly value: string;
}
