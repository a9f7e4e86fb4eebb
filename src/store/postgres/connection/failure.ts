import pg from 'pg';
import { ConnectionError } from 'slonik';
import { StoreError, type StoreEvents, StoreOpenError } from '../../types.js';

/** The server did not respond in time; the connection was closed. */
export class QueryTimeoutError extends Error {
  override readonly name = 'QueryTimeoutError';
}

/** The server is read-only: a standby, or a demoted primary. Its data may be stale. */
export class NotWritableError extends Error {
  override readonly name = 'NotWritableError';
  /** read_only_sql_transaction, as the server would report it. */
  readonly code = READ_ONLY;
}

/**
 * What is known about a failed statement.
 *
 * - `unreachable`: no connection could be made; nothing was sent
 * - `lost`: the connection died during the statement, which may have been executed
 * - `hung`: no response in time, and the connection was closed; the statement may have been executed
 * - `node`: the server responds, but a node that it needs failed; the statement may have been executed
 * - `transient`: nothing was executed, and a retry may succeed
 * - `demoted`: the server is read-only, for example a demoted primary; nothing was executed
 * - `locked`: it waited too long for a lock; it was rolled back
 * - `row`: a value was rejected; it was rolled back
 * - `rejected`: the server cannot do it now; it was rolled back
 * - `broken`: the server can never do it
 */
type FailureKind =
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

/** A failed statement. Callers of the store get a `StoreError` instead: see `toStoreError`. */
export class Failure extends Error {
  override readonly name = 'Failure';

  /** @param reason - SQLSTATE, the system's code (ECONNREFUSED), or the error's name */
  constructor(
    readonly kind: FailureKind,
    readonly reason: string,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }

  /** Whether a connection or a response timed out. */
  get isHang(): boolean {
    return this.cause instanceof QueryTimeoutError;
  }

  /** Whether the statement may have been executed. */
  get isInDoubt(): boolean {
    return this.kind === 'lost' || this.kind === 'hung' || this.kind === 'node';
  }

  /** Whether the database is unreachable or read-only, as opposed to rejecting a statement. */
  get isOutage(): boolean {
    return ['unreachable', 'lost', 'hung', 'demoted'].includes(this.kind);
  }

  /** Whether another statement has recorded an idempotency key meanwhile. */
  get isKeyTaken(): boolean {
    const table = this.cause instanceof pg.DatabaseError ? this.cause.table : '';
    return this.kind === 'row' && this.reason === '23505' && table?.endsWith(CHANGES) === true;
  }

  /** The maximum number of attempts. More than one only for reads, or if the statement was certainly rolled back. */
  attemptsLimit(write: boolean): number {
    if (this.kind === 'transient') return 5;
    return this.kind === 'demoted' || ((this.kind === 'lost' || this.kind === 'node') && !write) ? 2 : 1;
  }
}

/**
 * 42501: the server may not write its files, as on a file system that turned read-only; 53 insufficient_resources, as on a
 * full disk; 54: see `NO_TRANSACTION_ID`; 58 system_error. Reads may still work.
 */
const LACKS_RESOURCES = /^(?:42501|53|54|58)/;

/** Whether the server lacks what a write needs, which only a write finds out. */
export function lacksResources(error: unknown): boolean {
  return error instanceof Failure && error.kind === 'rejected' && LACKS_RESOURCES.test(error.reason);
}

export function breakerOpen(): Failure {
  return new Failure('unreachable', 'breaker_open', 'the circuit breaker is open: the database is unreachable');
}

/** These severities end the session. The server may translate them, so the error codes below are checked as well. */
const SESSION_ENDS = new Set(['FATAL', 'PANIC']);

/**
 * - 57P01 admin_shutdown, 57P02 crash_shutdown and similar: the session is terminated. Usually its statement was rolled
 *   back, but the termination may also come between a commit and its response.
 * - 08007 transaction_resolution_unknown, 40003 statement_completion_unknown: the server does not know. The rest of
 *   class 08 comes from poolers that lost their server. If such an error does not end the session (severity ERROR), the
 *   server is reachable and a node that it needs is not.
 */
const IN_DOUBT = /^(?:57P0|08|40003)/;

/**
 * serialization_failure, deadlock_detected; idle_session_timeout, which Postgres checks before it executes a statement.
 */
const TRANSIENT = /^(?:40(?:001|P01)|57P05)$/;

/** The suffix of a primary key. A violation of it shows that an older log was restored, not that a row is wrong. */
const POSITION_KEY = '_changes_pkey';

/** The suffix of the table of changes. Its index of keys may have any name, if it was rebuilt by hand. */
const CHANGES = '_changes';

/** read_only_sql_transaction */
export const READ_ONLY = '25006';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * 0A feature_not_supported, as for a table with rules; 23502: an unknown column, or an emptied log; 3F invalid_schema_name;
 * 42 missing rights, tables and columns, except 42601 syntax_error: the statements never change, so the schema has; 53
 * insufficient_resources; 55 object_not_in_prerequisite_state; 57 operator_intervention; 58 system_error.
 */
const REJECTED = /^(?:0A|23502|3F|42(?!601)|53|55|57|58)/;

/** The functions of the server that reject every write (54000) until a VACUUM has prevented a wraparound. */
const NO_TRANSACTION_ID = /^GetNew(?:TransactionId|MultiXactId)$/;

/** All others are caused by the row's content: a constraint rejects it, or a trigger, with a code of its own. */
const BROKEN = /^(?:25|42|XX)/;

/** Whether the session is unusable after this error: it ended, or its server was demoted. */
export function endsSession(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  const code = error.code ?? '';
  return SESSION_ENDS.has(error.severity ?? '') || (IN_DOUBT.test(code) && !isOfNode(error)) || code === READ_ONLY;
}

/** @param sent - whether the statement had a connection, so that it may have been sent */
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
  if (!(cause instanceof pg.DatabaseError)) return 'lost';
  if (isOfNode(cause)) return 'node';
  if (TRANSIENT.test(code)) return 'transient';
  if (SESSION_ENDS.has(cause.severity ?? '') || IN_DOUBT.test(code)) return 'lost';
  if (code === LOCK_NOT_AVAILABLE) return 'locked';
  if (cause.constraint?.endsWith(POSITION_KEY)) return 'rejected';
  if (REJECTED.test(code) || NO_TRANSACTION_ID.test(cause.routine ?? '')) return 'rejected';
  return BROKEN.test(code) ? 'broken' : 'row';
}

/** @returns the error's code for the log: SQLSTATE, the system's code, or the error's name */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  // pg gives the end of a connection neither a code nor a name.
  return cause.name === 'Error' ? 'connection_lost' : cause.name;
}

/** Returns other errors unchanged. @param isInDoubt - whether a write was sent that may have been executed */
export function toStoreError(error: unknown, isInDoubt: boolean): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, reason, cause } = error;
  const isBroken = kind === 'row' || kind === 'broken';
  const code = isInDoubt && error.isInDoubt ? 'outcome_unknown' : isBroken ? 'broken' : 'unavailable';
  return new StoreError(code, `Postgres: ${error.message} (${reason})`, { cause, reason });
}

/** Reports a failure, unless it concerns only the caller or was reported when the breaker opened. */
export function reportFailure({ kind, reason, message }: Failure, events: StoreEvents): void {
  if (reason !== 'breaker_open' && kind !== 'row' && kind !== 'locked') events.failure?.(reason, message);
}

/**
 * Errors that waiting cannot cure: 28 invalid_authorization; 3D000 and 3F000, no such database or schema; 42, undefined
 * or not allowed; 0A feature_not_supported; 22, not Postgres or too old.
 */
const LASTING = /^(?:28|3D|3F|42|0A|22)/;

/** PgBouncer reports everything as 08P01, also a server that it cannot reach. */
const REJECTED_BY_POOLER = /^(?:no such|unsupported|SSL required)|not allowed|authentication failed/;

/** Node's TLS errors have no SQLSTATE; without this they would look like an outage. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** pg's error if the server asks for a password. */
const NO_PASSWORD = /^SASL: .* password must be .*/;

/** Why a database could not be opened: StoreError `unavailable` if waiting may help. */
export function toOpenError(error: unknown): Error {
  if (error instanceof StoreOpenError || error instanceof StoreError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(NO_PASSWORD, 'the server asks for a password, and the connection string has none');
  const lasting = LASTING.test(code) || (code === '08P01' && REJECTED_BY_POOLER.test(reason));
  const noTls = message === 'The server does not support SSL connections';
  if (lasting || noTls || reason !== message || CERTIFICATE.test(code)) {
    return new StoreOpenError(`cannot open the Postgres database: ${reason}${code && ` (${code})`}`, { cause: error });
  }
  return new StoreError('unavailable', `the Postgres database cannot be used: ${reason || code}`, {
    cause: error,
    reason: reasonOf(error),
  });
}
