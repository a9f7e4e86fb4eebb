import type { JsonText } from '../contract/json-text.js';
import type { Position } from './types.js';

export type { Position };

/** A payment as a repository keeps it. The attributes are the client's own JSON text, never parsed here. */
export interface StoredPayment {
  readonly id: string;
  readonly version: number;
  readonly organisationId: string;
  readonly attributes: JsonText<unknown>;
}

/** A payment to be created; it starts at version 0. */
export type NewPayment = Omit<StoredPayment, 'version'>;

/** A full replacement of a payment, valid only while `version` is still the stored one (optimistic locking). */
export type PaymentChange = StoredPayment;

export type CreateOutcome = { readonly outcome: 'created' } | { readonly outcome: 'exists' };

/** `version` is the new version; `currentVersion` the stored one at the instant of the refusal. */
export type UpdateOutcome =
  | { readonly outcome: 'updated'; readonly version: number }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'version_conflict'; readonly currentVersion: number };

export type DeleteOutcome =
  | { readonly outcome: 'deleted' }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'version_conflict'; readonly currentVersion: number };

/**
 * Which page of the list, always answered in order of creation:
 * `offset`: skip `from` payments; `after`: those behind a position; `before`: the last `size` ahead of a position.
 */
export type PageRequest =
  | { readonly kind: 'offset'; readonly from: number; readonly size: number }
  | { readonly kind: 'after'; readonly position: Position; readonly size: number }
  | { readonly kind: 'before'; readonly position: Position; readonly size: number };

export interface Page {
  readonly payments: readonly StoredPayment[];
  /** Positions of the first and the last payment of the page; null on an empty page. */
  readonly first: Position | null;
  readonly last: Position | null;
  /**
   * Whether a live payment exists ahead of this page (ahead of `first`; on an empty page, at or ahead of the
   * requested position for `after`, ahead of it for `before`). False for `offset`, whose pages do not need it.
   */
  readonly hasEarlier: boolean;
}

/**
 * What a repository needs to know of the request it works for, and what it reports back while it does. One object a
 * request, changed in place: `AbortSignal` would cost more than the query.
 */
export interface RepoCall {
  /** Monotonic time (`performance.now()`, ms) after which nobody waits for the answer any more. */
  readonly deadline: number;
  /** Set by the caller that stopped waiting: work not yet sent is then dropped and certainly does not happen. */
  abandoned: boolean;
  /** Set by the repository just before a write leaves for the database: from here its outcome may become unknown. */
  sent: boolean;
}

/**
 * Payments at rest. Each method is a use case and atomic; concurrent calls behave as if they came one after another,
 * and a write is durable before its promise resolves. Absence is a value, failure is a `RepoError`.
 */
export interface Repo {
  /** Creates a payment at version 0. `exists`: the id is, or ever was, in use; letter case distinguishes ids. */
  createPayment(payment: NewPayment, call: RepoCall): Promise<CreateOutcome>;
  /** The live payment with this id, or null where there is none or it was deleted. */
  findPayment(id: string, call: RepoCall): Promise<StoredPayment | null>;
  /** Replaces organisation and attributes and adds one to the version, if `change.version` is the stored one. */
  updatePayment(change: PaymentChange, call: RepoCall): Promise<UpdateOutcome>;
  /** Marks the payment deleted, if `version` is the stored one. Its id is never free again. */
  deletePayment(id: string, version: number, call: RepoCall): Promise<DeleteOutcome>;
  /** One page of the live payments, in order of creation. */
  listPayments(page: PageRequest, call: RepoCall): Promise<Page>;
  /** How many live payments there are. */
  countPayments(call: RepoCall): Promise<number>;
  /** Forgets everything, the ids of deleted payments included. */
  deleteAllPayments(call: RepoCall): Promise<void>;
  /** Resolves when the database answers. */
  ping(call: RepoCall): Promise<void>;
  /** Finishes what is under way and lets go of the database. No method may be called afterwards. */
  close(): Promise<void>;
}

/**
 * - `unavailable`: the database is away or refuses; the call did not happen.
 * - `overloaded`: too much is waiting already; the call did not happen.
 * - `deadline_exceeded`: the call was abandoned, or its deadline passed, before it was sent; it did not happen.
 * - `outcome_unknown`: a write was sent and the connection died before the answer; it may have happened.
 * - `broken`: the database refused for a reason that waiting does not cure (a missing table, say).
 */
export type RepoErrorCode = 'unavailable' | 'overloaded' | 'deadline_exceeded' | 'outcome_unknown' | 'broken';

/** A failure of the repository. `cause` holds the driver's own error, for the log and never for the client. */
export class RepoError extends Error {
  override readonly name = 'RepoError';

  /**
   * @param code - what it means for the caller
   * @param message - one sentence for the log
   * @param options - `cause`: the driver's error
   */
  constructor(
    readonly code: RepoErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Connections of a pool. */
export interface PoolState {
  /** At work for a caller. */
  readonly active: number;
  /** Open and free. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
}

/** Facts a repository emits while it works, for metrics and logs; every member is optional to the listener. */
export interface RepoEvents {
  /** A batch was executed: which use case, how many calls shared it, how long it took (seconds). */
  batch?(operation: string, size: number, durationSeconds: number): void;
  /** A statement is tried again, for the reason named by the database's own code (SQLITE_BUSY, 40001, …). */
  retry?(reason: string): void;
  /** The circuit breaker changed its state. */
  breaker?(state: 'closed' | 'open' | 'half_open'): void;
  /** Prepared statements are given up: a pooler loses them. `reason`: the server's code. */
  unnamed?(reason: string): void;
  /** There is a pool of connections, whose state can be read at any time. */
  pool?(read: () => PoolState): void;
}
