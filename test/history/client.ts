import { Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A response, for the tests of failures. */
export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Null without a body. */
  readonly body: ReplyBody | null;
  readonly durationMs: number;
}

/** The possible properties of a body. */
export interface ReplyBody {
  readonly data?: PaymentData;
  readonly code?: string;
  readonly detail?: string;
  readonly status?: unknown;
  readonly count?: number;
}

export interface PaymentData {
  readonly id: string;
  readonly version: number;
  readonly attributes: { readonly amount: string };
}

/** There was no response. `mayHaveHappened` is false if there was no connection. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
  constructor(
    readonly mayHaveHappened: boolean,
    cause: unknown,
  ) {
    super('no response came', { cause });
  }
}

/** A client with one kept connection. */
export interface Client {
  send(method: string, path: string, body?: object, headers?: OutgoingHttpHeaders): Promise<Reply>;
  create(id: string, amount: string, key?: string): Promise<Reply>;
  read(id: string): Promise<Reply>;
  update(id: string, version: number, amount: string, key?: string): Promise<Reply>;
  delete(id: string, version: number, key?: string): Promise<Reply>;
  close(): void;
}

/**
 * @param port - of the service, on this machine
 * @throws NoReplyError, from each method
 */
export function createClient(port: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  function send(method: string, path: string, body?: object, more: OutgoingHttpHeaders = {}): Promise<Reply> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const content =
      text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const headers = { ...content, ...more };
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => reject(new NoReplyError(error.code !== 'ECONNREFUSED', error));
      const request = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers });
      request.on('error', fail);
      request.on('response', (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('error', fail);
        response.on('data', (chunk: string) => {
          received += chunk;
        });
        response.on('end', () => {
          const isJson = String(response.headers['content-type']).includes('json');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: received === '' ? null : isJson ? JSON.parse(received) : { detail: received },
            durationMs: performance.now() - startedMs,
          });
        });
      });
      request.end(text);
    });
  }

  return {
    send,
    create: (id, amount, key) => send('POST', '/v1/payments', { data: payment(id, amount) }, keyHeader(key)),
    read: (id) => send('GET', `/v1/payments/${id}`),
    update: (id, version, amount, key) =>
      send('PUT', `/v1/payments/${id}`, { data: { ...payment(id, amount), version } }, keyHeader(key)),
    delete: (id, version, key) => send('DELETE', `/v1/payments/${id}?version=${version}`, undefined, keyHeader(key)),
    close: () => agent.destroy(),
  };
}

const PAUSE_MS = 10;

/** Repeats a request until its response is not a 503: a stall of the machine is an outage of the database. */
export async function untilAvailable<R extends { readonly status: number }>(send: () => Promise<R>): Promise<R> {
  for (;;) {
    const reply = await send();
    if (reply.status !== 503) return reply;
    await delay(PAUSE_MS);
  }
}

function payment(id: string, amount: string) {
  return { id, type: 'Payment', organisation_id: 'o', attributes: { amount } };
}

function keyHeader(key: string | undefined): OutgoingHttpHeaders {
  return key === undefined ? {} : { 'Idempotency-Key': key };
}
