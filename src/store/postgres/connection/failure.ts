import pg from 'pg';
import { ConnectionError } from 'slonik';
import { MigrationError } from '../../migrations/files.js';
import { StoreError, type StoreEvents, StoreOpenError } from '../../types.js';

/** The server did not respond in time; the connection is gone. */
export class QueryTimeoutError extends Error {
  override readonly name = 'QueryTimeoutError';
}

/** The server takes no writes: it is a standby, or a primary that was demoted. What it would say may be out of date. */
export class NotWritableError extends Error {
  override readonly name = 'NotWritableError';
  /** read_only_sql_transaction, as the server itself would put it. */
  readonly code = READ_ONLY;
}

/**
 * What became of a failed statement.
 *
 * - `unreachable`: no connection could be made; nothing was sent
 * - `lost`: the connection died under the statement, which may have been executed
 * - `hung`: no response in time, the connection was given up; the statement may have been executed
 * - `node`: the server responds, but another node, which it needs, failed and may have executed the statement
 * - `transient`: the server undid it and asks to try again
 * - `demoted`: the server is read-only, as a primary is that became a standby; nothing was executed
 * - `locked`: somebody else's lock was in the way for too long; everything of it was undone
 * - `row`: a value in it was rejected; everything of it was undone
 * - `rejected`: the server responds, but cannot do it now; everything of it was undone
 * - `broken`: the server will never do it
 */
export type FailureKind =
  | 'unreachable'
  | 'lost'
  | 'hung'
  | 'node'
  | 'transient'
  | 'demoted'
  | 'locked'
  | 'row'
  | 'rejected'
  | 'broken';

/** A failed statement, and what that means. Callers of the store get a `StoreError` in its place: see `toStoreError`. */
export class Failure extends Error {
  override readonly name = 'Failure';

  /**
   * @param reason - SQLSTATE, the system's code (ECONNREFUSED), or the error's name
   * @param cause - what the driver threw, or what happened in words
   */
  constructor(
    readonly kind: FailureKind,
    readonly reason: string,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }

  /** Whether the wait for a connection or for a response timed out. */
  get isHang(): boolean {
    return this.cause instanceof QueryTimeoutError;
  }

  /** Whether the statement may have been executed all the same. */
  get isInDoubt(): boolean {
    return this.kind === 'lost' || this.kind === 'hung' || this.kind === 'node';
  }

  /** Whether it says that the database is unreachable, or cannot be written, and not merely that it rejected a statement. */
  get isOutage(): boolean {
    return ['unreachable', 'lost', 'hung', 'demoted'].includes(this.kind);
  }

  /** How often such a statement is tried: more than once only if it is certain that nothing of it was kept, or if it reads. */
  attemptsLimit(write: boolean): number {
    if (this.kind === 'transient') return 5;
    return this.kind === 'demoted' || ((this.kind === 'lost' || this.kind === 'node') && !write) ? 2 : 1;
  }
}

/** Nothing is sent to a database that was found to be unreachable. */
export function breakerOpen(): Failure {
  return new Failure('unreachable', 'breaker_open', 'the circuit breaker is open: the database is unreachable');
}

/** Ends the session. The server may translate the word, so the codes below that come with it are named as well. */
const SESSION_ENDS = new Set(['FATAL', 'PANIC']);

/**
 * - 57P01 admin_shutdown, 57P02 crash_shutdown and their like: the session is told to go. Mostly its statement was
 *   undone, but the order may also come between a commit and its response, so nothing is known for certain.
 * - 08007 transaction_resolution_unknown, 40003 statement_completion_unknown: the server's own word that it does not
 *   know. The rest of class 08 comes from poolers that lost their server. Where an error of this kind does not end the session
 *   (severity ERROR), the server is there, and only a node that it needs is not.
 */
const IN_DOUBT = /^(?:57P0|08|40003)/;

/** serialization_failure, deadlock_detected. */
const TRANSIENT = /^40(?:001|P01)$/;

/** data_exception, integrity_constraint_violation, program_limit_exceeded: it is about what the row holds. */
const ROW = /^(?:22|23|54)/;

/** read_only_sql_transaction */
export const READ_ONLY = '25006';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * insufficient_privilege (which an operator can give back), insufficient_resources, object_not_in_prerequisite_state,
 * operator_intervention (the statement timeout among it), system_error.
 */
const REJECTED = /^(?:42501|53|55|57|58)/;

/** Whether the session that gave this error is of no further use: it is over, or leads to a server that was demoted. */
export function endsSession(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) {
    return true;
  }
  const code = error.code ?? '';
  return SESSION_ENDS.has(error.severity ?? '') || (IN_DOUBT.test(code) && !isOfNode(error)) || code === READ_ONLY;
}

/**
 * @param error - what the driver threw
 * @param sent - whether the statement had a connection, and thus may have left this process
 */
export function classifyFailure(error: unknown, sent: boolean): Failure {
  if (error instanceof Failure) return error;
  const cause = error instanceof ConnectionError && error.cause !== undefined ? error.cause : error;
  const reason = reasonOf(cause);
  return new Failure(sent ? kindOf(cause, reason) : 'unreachable', reason, cause);
}

function isOfNode({ severity, code = '' }: pg.DatabaseError): boolean {
  return severity === 'ERROR' && /^(?:08|57P0)/.test(code);
}

function kindOf(cause: unknown, code: string): FailureKind {
  if (cause instanceof QueryTimeoutError) return 'hung';
  if (code === READ_ONLY) return 'demoted';
  if (cause instanceof pg.DatabaseError && isOfNode(cause)) return 'node';
  if (!(cause instanceof pg.DatabaseError) || SESSION_ENDS.has(cause.severity ?? '') || IN_DOUBT.test(code)) {
    return 'lost';
  }
  if (TRANSIENT.test(code)) return 'transient';
  if (code === LOCK_NOT_AVAILABLE) return 'locked';
  if (ROW.test(code)) return 'row';
  return REJECTED.test(code) ? 'rejected' : 'broken';
}

/** @returns the code that names an error in the log: SQLSTATE, the system's code, or the error's name */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error) {
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  }
  return typeof cause;
}

/**
 * An error as the interface names it, where it is a failed statement; any other as it is.
 *
 * @param isInDoubt - whether it was a write that was sent, and is not certain to have been undone
 */
export function toStoreError(error: unknown, isInDoubt: boolean): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, reason, cause } = error;
  const isBroken = kind === 'row' || kind === 'broken';
  const code = isInDoubt && error.isInDoubt ? 'outcome_unknown' : isBroken ? 'broken' : 'unavailable';
  return new StoreError(code, `Postgres: ${error.message} (${reason})`, { cause, reason });
}

/** Tells of a failure, unless it is the caller's own business, or was told when the breaker opened. */
export function reportFailure({ kind, reason, message }: Failure, events: StoreEvents): void {
  if (reason !== 'breaker_open' && kind !== 'row' && kind !== 'locked') events.failure?.(reason, message);
}

/**
 * What cannot be cured by waiting: 28 invalid_authorization, 3D000 and 3F000 no such database or schema, 42 anything
 * that is undefined or not allowed, 0A feature_not_supported, 22 and 08P01 what is no Postgres at all or an old one.
 */
const LASTING = /^(?:28|3D|3F|42|0A|22|08P01)/;

/** Without a code of Postgres Node's TLS errors would look like an outage. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** Why a database could not be opened: StoreError `unavailable` for what waiting may cure. */
export function toOpenError(error: unknown): Error {
  if (error instanceof StoreOpenError || error instanceof StoreError) {
    return error;
  }
  const cause = error instanceof MigrationError ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const lasting = LASTING.test(code);
  if (error instanceof MigrationError && (cause === undefined || lasting)) return error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const noTls = reason === 'The server does not support SSL connections';
  if (lasting || noTls || CERTIFICATE.test(code)) {
    return new StoreOpenError(`cannot open the Postgres database: ${reason}${code && ` (${code})`}`, { cause });
  }
  return new StoreError('unavailable', `the Postgres database cannot be used: ${reason || code}`, {
    cause,
    reason: reasonOf(cause),
  });
}
