import type { JobResult } from '../load/protocol.js';

/** A measurement that counts for nothing, because responses were wrong or did not come. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}

/**
 * @param what - the work and the server
 * @throws MeasurementError where the job saw a single error
 */
export function requireNoErrors(what: string, { errors, requests }: JobResult): void {
  const seen = Object.entries(errors);
  if (seen.length === 0) return;
  const list = seen.map(([error, count]) => `${count} × ${error}`).join(', ');
  throw new MeasurementError(`${what}: ${list} (of ${requests} requests)`);
}
