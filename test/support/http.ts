import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/** A response as received. */
export interface Reply {
  readonly status: number;
  /** By lower-case name; repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  /** The parsed body. */
  json<T = Json>(): T;
}

/** A JSON body, typed loosely. */
export type Json = Readonly<Record<string, unknown>>;

/** The problem body of errors. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface RequestOptions {
  readonly headers?: http.OutgoingHttpHeaders;
  /**
   * Text and bytes are sent unchanged, everything else as JSON. `application/json` unless the headers say otherwise.
   */
  readonly body?: unknown;
}

/** A client with kept connections that sends requests unchanged. */
export interface HttpClient {
  /** The target is sent as given, without normalisation or encoding. */
  send(method: string, target: string, options?: RequestOptions): Promise<Reply>;
  get(target: string, headers?: http.OutgoingHttpHeaders): Promise<Reply>;
  head(target: string, headers?: http.OutgoingHttpHeaders): Promise<Reply>;
  post(target: string, body: unknown, headers?: http.OutgoingHttpHeaders): Promise<Reply>;
  put(target: string, body: unknown, headers?: http.OutgoingHttpHeaders): Promise<Reply>;
  delete(target: string, headers?: http.OutgoingHttpHeaders): Promise<Reply>;
  /** Closes its connections. */
  close(): void;
}

/** @param port - of the service, on the loopback interface */
export function createClient(port: number): HttpClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

  async function send(method: string, target: string, { headers = {}, body }: RequestOptions = {}): Promise<Reply> {
    const content = contentOf(body);
    const isChunked = headers['transfer-encoding'] !== undefined;
    const request = http.request({
      ...{ host: '127.0.0.1', port, agent, method, path: target },
      headers: {
        ...(content !== undefined && { 'content-type': 'application/json' }),
        ...(content !== undefined && !isChunked && { 'content-length': content.length }),
        ...headers,
      },
    });
    // A reset after the head of the response is an error of both, and reading the response reports it.
    request.on('error', () => {});
    request.end(content);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks));
  }

  return {
    send,
    get: (target, headers = {}) => send('GET', target, { headers }),
    head: (target, headers = {}) => send('HEAD', target, { headers }),
    post: (target, body, headers = {}) => send('POST', target, { headers, body }),
    put: (target, body, headers = {}) => send('PUT', target, { headers, body }),
    delete: (target, headers = {}) => send('DELETE', target, { headers }),
    close: () => agent.destroy(),
  };
}

function contentOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function replyOf(status: number, headers: http.IncomingHttpHeaders, body: Buffer): Reply {
  const text = body.toString('utf8');
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])),
    body,
    text,
    json: () => JSON.parse(text),
  };
}

/**
 * Sends bytes and returns everything received until the server closes. A reset fails the test.
 *
 * @param port - of the service, on the loopback interface
 * @param parts - sent one after another; text byte for byte (latin1)
 */
export async function talk(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const text = readAll(socket);
  for (const part of parts) socket.write(part, 'latin1');
  return text;
}

async function readAll(socket: net.Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket) text += bytes.toString('latin1');
  return text;
}

/** A connection on which responses can be awaited one by one. */
export interface Connection {
  readonly socket: net.Socket;
  /** Everything received so far. */
  text(): string;
  write(part: string | Buffer): void;
  /** Resolves when the text was received; rejects if the connection ends before. */
  until(part: string): Promise<void>;
  readonly ended: Promise<unknown>;
  close(): void;
}

/** @param port - of the service, on the loopback interface */
export async function openConnection(port: number): Promise<Connection> {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  return {
    socket,
    text: () => text,
    write: (part) => void socket.write(part, 'latin1'),
    async until(part) {
      while (!text.includes(part)) {
        if (socket.destroyed) throw new Error(`the connection ended before ${JSON.stringify(part)}: ${text}`);
        await Promise.race([once(socket, 'data'), ended]);
      }
    },
    ended,
    close: () => void socket.destroy(),
  };
}

/** On another loopback address than services: while this process runs, no other one is given these ports. */
const claims: net.Server[] = [];
const CLAIM_ADDRESS = '127.0.0.9';

/**
 * A free port, for a service that must know its URL before it starts. It is below the kernel's ephemeral ports, so that
 * no connection gets it by chance, and no test process is given it again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const claim = await listenIfFree(port, CLAIM_ADDRESS);
    if (claim === null) continue;
    claims.push(claim.unref());
    const server = await listenIfFree(port, '127.0.0.1');
    if (server === null) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Null if the port is in use. */
async function listenIfFree(port: number, address: string): Promise<net.Server | null> {
  const server = net.createServer().listen(port, address);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}
