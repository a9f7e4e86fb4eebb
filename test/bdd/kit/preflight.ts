import type { HttpClient } from './http-client.js';

/**
 * Checks whether scenarios can run against a server.
 *
 * @returns why not, in a sentence for the user; null if they can
 */
export async function preflight(http: HttpClient): Promise<string | null> {
  try {
    const { status } = await http.send('GET', '/health');
    if (status !== 200) return `it responds to GET /health with ${status}: is its database unreachable?`;
  } catch (error) {
    return `it cannot be reached (${reasonOf(error)}): start it with npm start -- --admin --metrics`;
  }
  for (const [target, flag] of [
    ['/admin/repo', '--admin'],
    ['/metrics', '--metrics'],
  ] as const) {
    const { status } = await http.send('GET', target);
    if (status === 404) return `it responds to GET ${target} with 404: start it with ${flag}`;
    if (status !== 200) return `it responds to GET ${target} with ${status}`;
  }
  return null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
