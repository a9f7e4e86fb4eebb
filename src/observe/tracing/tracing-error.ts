/** Tracing was asked for and cannot be had as configured; the message names the variable or what to install. */
export class TracingError extends Error {
  override readonly name = 'TracingError';
}
