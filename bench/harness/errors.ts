import type { JobResult } from '../load/protocol.js';

/** An invalid measurement: responses were wrong or missing. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}

/**
 * @param what - the work and the server
 * @throws MeasurementError if the job had any error
 */
export function requireNoErrors(what: string, { errors, requests }: JobResult): void {
  const seen = Object.entries(errors);
  if (seen.length === 0) return;
  const list = seen.map(([error, count]) => `${count} × ${error}`).join(', ');
  throw new MeasurementError(`${what}: ${list} (of ${requests} requests)`);
}
