/** A response, for scenarios. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent unchanged, everything else as JSON. */
  readonly body?: unknown;
}

export interface HttpClient {
  /**
   * @param method - in capitals
   * @param target - path and query, percent-encoded
   */
  send(method: string, target: string, options?: RequestOptions): Promise<Reply>;
}

/** A hung server must not block the tests. */
const TIMEOUT_MS = 60_000;

/** @param serverUrl - the URL of the service, which may have a path */
export function createHttpClient(serverUrl: string): HttpClient {
  const base = serverUrl.replace(/\/+$/, '');
  return {
    async send(method, target, { headers = {}, body } = {}) {
      const content = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(base + target, {
        method,
        headers: { ...(content !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(content !== undefined && { body: content }),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}
