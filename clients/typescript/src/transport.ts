import createClient, { type Client } from 'openapi-fetch';
import { errorFromAnswer, PaymentsError } from './errors.js';
import { type RetryOptions, withRetries } from './retry.js';
import type { paths } from './schema.js';

export interface CallOptions {
  /** Ends the call. A write that was sent may have happened all the same. */
  readonly signal?: AbortSignal;
  /** The id of the call in the log of the service, the same for all its attempts. Default: a new UUID. */
  readonly requestId?: string;
}

export interface TransportOptions extends RetryOptions {
  /** Where the service is; may end in a path. */
  readonly baseUrl: string;
  /** How long one attempt may take, ms. Default 30000. */
  readonly timeoutMs?: number;
  /** Sent with every request: authentication for what stands in front of the service, say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Instead of the global `JSON`, whose numbers are doubles: give one that keeps every digit if yours need it. */
  readonly json?: { parse(text: string): unknown; stringify(value: unknown): string };
}

/** What goes with every request of one attempt. */
export interface Attempt {
  readonly headers: { readonly 'X-Request-Id': string };
  readonly signal: AbortSignal;
  readonly parseAs: 'text';
}

interface Answered {
  readonly response: Response;
  readonly data?: string | undefined;
  readonly error?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Transport {
  readonly client: Client<paths>;
  /**
   * Sends a request, and again while that may help.
   *
   * @param request - one attempt
   * @param options - of the call
   * @param afterUnknown - what a failure means when an earlier attempt may have happened; throws what stays an error
   * @throws PaymentsError, or the reason of the signal
   */
  call(
    request: (attempt: Attempt) => Promise<Answered>,
    options: CallOptions,
    afterUnknown?: (error: PaymentsError) => Promise<Answer>,
  ): Promise<Answer>;
}

/**
 * Sends requests: with ids, timeouts and retries, and with every failure as a `PaymentsError`.
 *
 * @param options - see `TransportOptions`
 */
export function createTransport(options: TransportOptions): Transport {
  const { baseUrl, timeoutMs = 30_000, headers = {}, json = JSON } = options;
  const client = createClient<paths>({
    baseUrl,
    headers,
    bodySerializer: (body) => json.stringify(body),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });

  async function attempt(
    request: (attempt: Attempt) => Promise<Answered>,
    requestId: string,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    let answered: Answered;
    try {
      answered = await request({
        headers: { 'X-Request-Id': requestId },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        parseAs: 'text',
      });
    } catch (cause) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw new PaymentsError({
          code: 'timeout',
          status: 0,
          detail: `No answer within ${timeoutMs} ms.`,
          requestId,
          cause,
        });
      }
      throw new PaymentsError({ code: 'network_error', status: 0, detail: 'No answer came.', requestId, cause });
    }
    const { response, data, error } = answered;
    if (!response.ok && response.status !== 304) throw errorFromAnswer(response, error, requestId);
    return { status: response.status, body: data ? parse(data, response, requestId) : undefined };
  }

  function parse(text: string, response: Response, requestId: string): unknown {
    try {
      return json.parse(text);
    } catch {
      throw errorFromAnswer(response, text, requestId);
    }
  }

  return {
    client,
    call(request, { signal, requestId = newRequestId() }, afterUnknown) {
      return withRetries(
        async (unknown) => {
          try {
            return await attempt(request, requestId, signal);
          } catch (error) {
            if (!unknown || !afterUnknown || !(error instanceof PaymentsError) || error.isTransient) throw error;
            return afterUnknown(error);
          }
        },
        options,
        signal,
      );
    },
  };
}

/** A UUID (RFC 9562, version 4). `crypto.randomUUID` is not there on pages without TLS. */
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, at) =>
    (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
