import { MigrationError } from '../../migrations/files.js';
import { StoreError, StoreOpenError } from '../../types.js';
import { reasonOf } from './failure.js';

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
