import createClient, { type Client } from 'openapi-fetch';
import { errorFromResponse, PaymentsError, type SentRequest } from './errors.js';
import { MAX_TIMER_MS, onAbort, type Retry, type RetryOptions, withRetries } from './retry.js';
import type { paths } from './schema.js';
import { Tokens, tokenHeader } from './tokens.js';
import { VERSION } from './version.js';

export interface CallOptions {
  /** Ends the call. A write that was sent may still happen. */
  readonly signal?: AbortSignal;
  /** The id of the call in the service's log, the same for all attempts. Default: a new UUID. */
  readonly requestId?: string;
}

/** Reports what the client does, for logs and metrics. An error that a hook throws ends the call, which throws it. */
export interface Hooks {
  onRequest?(request: SentRequest): void;
  /** `durationMs` is the time from the request to the response's headers. */
  onResponse?(response: SentRequest & { readonly status: number; readonly durationMs: number }): void;
  /** An attempt failed, and another one follows after `delayMs`. */
  onRetry?(retry: Retry): void;
}

export interface TransportOptions extends RetryOptions {
  /** The service, for example `https://payments.example`; may have a path. */
  readonly baseUrl: string;
  /** The time limit of an attempt. Default 30000. */
  readonly timeoutMs?: number;
  /** Sent with every request, for example `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Replaces the global `JSON`, whose numbers are doubles, for example by one that keeps all digits. */
  readonly json?: { parse(text: string): unknown; stringify(value: unknown): string };
  readonly hooks?: Hooks;
}

/** The options of all requests of an attempt. */
export interface Attempt {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly parseAs: 'text';
  readonly fetch: (request: Request) => Promise<Response>;
}

interface Received {
  readonly response: Response;
  readonly data?: string | undefined;
  readonly error?: unknown;
}

/** A successful response. */
export interface Success {
  readonly status: number;
  readonly body: unknown;
}

/** The options of a call. */
export interface CallSettings extends CallOptions {
  /** The same for all attempts of a write, so that it is executed once. */
  readonly idempotencyKey?: string | undefined;
  /** The time that the service may delay the response. */
  readonly waitMs?: number;
  /** Whether the response is a page of a list. */
  readonly isList?: boolean;
  /** Repeats until it succeeds, after any error that does not reject the request. */
  readonly isPersistent?: boolean;
}

export interface Transport {
  readonly client: Client<paths>;
  /**
   * Sends a request, and retries it.
   *
   * @param request - one attempt
   * @throws PaymentsError, or the reason of the signal
   */
  call(request: (attempt: Attempt) => Promise<Received>, settings: CallSettings): Promise<Success>;
}

/** Whether a persistent call retries after an error: unless the request was rejected. */
const mayPass = (error: PaymentsError): boolean => error.isTransient || error.status >= 500;

/**
 * Sends requests with ids, timeouts and retries; every failure is a `PaymentsError`.
 *
 * @throws TypeError if `baseUrl` is not an absolute http or https URL without user, query or fragment
 */
export function createTransport(options: TransportOptions): Transport {
  const { timeoutMs = 30_000, json = JSON, hooks = {}, fetch: send = (request) => fetch(request) } = options;
  const client = createClient<paths>({
    baseUrl: checkBaseUrl(options.baseUrl),
    headers: { 'User-Agent': `payments-api-client/${VERSION}`, ...options.headers },
    bodySerializer: (body) => json.stringify(body),
  });
  const tokens = new Tokens();

  async function attempt(
    request: (attempt: Attempt) => Promise<Received>,
    requestId: string,
    { signal, idempotencyKey, waitMs = 0, isList = false }: CallSettings,
  ): Promise<Success> {
    signal?.throwIfAborted();
    const limitMs = timeoutMs + waitMs;
    const limit = startLimit(limitMs, signal);
    let sent: SentRequest = { method: '', url: options.baseUrl, requestId };
    let isConditional = false;
    const after = tokens.current;
    // An error of a hook, or of values that cannot be sent, such as a header with a line feed.
    let isCallersError = true;
    const tell = (hook: () => void) => {
      isCallersError = true;
      hook();
      isCallersError = false;
    };
    let received: Received;
    try {
      received = await request({
        headers: {
          'X-Request-Id': requestId,
          ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
          ...tokenHeader(after),
        },
        signal: limit.signal,
        parseAs: 'text',
        async fetch(outgoing) {
          sent = { method: outgoing.method, url: outgoing.url, requestId };
          isConditional = outgoing.headers.has('If-None-Match');
          tell(() => hooks.onRequest?.(sent));
          const startedMs = performance.now();
          const response = await send(outgoing);
          tokens.note(response.headers.get('Consistency-Token'), after);
          const durationMs = performance.now() - startedMs;
          tell(() => hooks.onResponse?.({ ...sent, status: response.status, durationMs }));
          return response;
        },
      });
    } catch (cause) {
      const isTimeout = limit.signal.aborted;
      // After an error of a hook the response stays unread, and would keep its connection.
      limit.abort();
      signal?.throwIfAborted();
      if (isCallersError) throw cause;
      const [code, detail] = isTimeout
        ? (['timeout', `No response within ${limitMs} ms`] as const)
        : (['network_error', 'No response'] as const);
      throw new PaymentsError({ ...sent, code, status: 0, detail, cause });
    } finally {
      limit.end();
    }
    const { response, data = '', error } = received;
    const { status } = response;
    if ((status === 304 && isConditional) || (status === 204 && sent.method === 'DELETE')) {
      return { status, body: undefined };
    }
    const body = response.ok ? parse(data) : error;
    // A redirect may have turned a write into a GET. A DELETE has no body.
    const isOther = sent.method === 'DELETE' || (response.redirected && sent.method === 'POST' && status !== 201);
    if (!response.ok || isOther || !isEnvelope(body, isList)) throw errorFromResponse(response, body, sent);
    return { status, body };
  }

  function parse(text: string): unknown {
    try {
      return json.parse(text);
    } catch {
      return undefined;
    }
  }

  return {
    client,
    call(request, { requestId = newUuid(), isPersistent = false, ...settings }) {
      const { signal } = settings;
      const retryOptions = isPersistent ? { ...options, retries: Infinity, maxRetryAfterMs: Infinity } : options;
      return withRetries(() => attempt(request, requestId, settings), retryOptions, {
        signal,
        onRetry: (retry) => hooks.onRetry?.(retry),
        ...(isPersistent && { isRetryable: mayPass }),
      });
    },
  };
}

/**
 * A signal for one attempt. `AbortSignal.any` would do the same, but in Node 22 the caller's signal then keeps some
 * memory of each attempt.
 */
function startLimit(limitMs: number, callers: AbortSignal | undefined) {
  const controller = new AbortController();
  const abort = () => controller.abort(callers?.reason);
  const timer = setTimeout(abort, Math.min(limitMs, MAX_TIMER_MS));
  const release = onAbort(callers, abort);
  return {
    signal: controller.signal,
    abort,
    end() {
      clearTimeout(timer);
      release();
    },
  };
}

function isEnvelope(body: unknown, isList: boolean): boolean {
  if (!isObject(body) || !isObject(body.data) || Array.isArray(body.data) !== isList) return false;
  return !isList || (isObject(body.links) && URL.canParse(String(body.links.next)));
}

function isObject(
  value: unknown,
): value is { readonly data?: unknown; readonly links?: unknown; readonly next?: unknown } {
  return typeof value === 'object' && value !== null;
}

const BASE_URL = /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i;

function checkBaseUrl(baseUrl: string): string {
  if (BASE_URL.test(baseUrl) && URL.canParse(baseUrl)) return baseUrl;
  // Without a password.
  const shown = JSON.stringify(String(baseUrl).replace(/\/\/.*@/s, '//***@'));
  throw new TypeError(`baseUrl must be an absolute http or https URL without user, query or fragment, not ${shown}`);
}

/** A UUID (RFC 9562, version 4). `crypto.randomUUID` is missing on pages without TLS. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, at) =>
    (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
