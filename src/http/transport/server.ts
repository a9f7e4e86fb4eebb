import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type ListenOptions, Socket } from 'node:net';
import { requestIdOf } from '../middleware/request-context.js';
import { CollectedRequest } from './collected-request.js';
import { announcedClose, Connection, type DrainOptions, type DrainOutcome, drainConnections } from './connections.js';
import { startListening, stopListening } from './listening.js';
import {
  connectError,
  expectationError,
  faultOfHead,
  isUnexpectedEnd,
  type RefusalAnswer,
  type Refuse,
  rawAnswer,
  type TransportError,
  transportErrorOf,
  writeRefusal,
} from './transport-errors.js';
import { wholeResponses } from './whole-response.js';

/** Shared with whoever reports readiness. */
export interface Lifecycle {
  /** Set at the first instant of draining: `/health` is 503 from here. */
  draining: boolean;
}

export interface ServerTimeouts {
  /** For a whole request to arrive, ms; `--timeout`. */
  readonly requestTimeoutMs: number;
  /** For its head, ms. At most `requestTimeoutMs`. */
  readonly headersTimeoutMs?: number;
  /** How long an idle connection is kept, ms. */
  readonly keepAliveTimeoutMs?: number;
}

export interface HttpServerOptions {
  /** Answers requests; Koa's callback, say. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers what no handler shall see. */
  readonly refuse: Refuse;
  readonly timeouts: ServerTimeouts;
  readonly lifecycle?: Lifecycle;
  /** Told that connections cannot be accepted, out of file descriptors say; the server goes on. */
  readonly onAcceptError?: (error: Error) => void;
  /** The request line and the headers together. */
  readonly headerLimitBytes?: number;
}

export interface HttpServer {
  /**
   * Listens, and resolves with the address.
   *
   * @throws what `net.Server` gives as its error, such as `EADDRINUSE`
   */
  listen(options: ListenOptions): Promise<AddressInfo>;
  /** Serves a connection that another process accepted. */
  adopt(socket: Socket): void;
  /** Stops listening, answers what was accepted, and resolves when all connections are gone. */
  drain(options: DrainOptions): Promise<DrainOutcome>;
  /** Connections that are open. */
  readonly connectionCount: number;
}

/** A head is a few kilobytes, and no honest client needs longer for it. */
const HEADERS_TIMEOUT_MS = 15_000;
/**
 * Longer than the 60 seconds for which load balancers commonly keep idle connections (AWS ALB, nginx, HAProxy): the
 * side that sends requests should be the one that closes, or it may send one on a connection that is closing.
 */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const HEADER_LIMIT_BYTES = 16 * 1024;
/** The most by which a timeout is late, ms. */
const CHECK_INTERVAL_MS = 500;
/** A client that takes nothing of its answer for so long beyond the time of a request is cut off, ms. */
const STALL_TIMEOUT_MS = 60_000;

/**
 * Node's HTTP server, with a clean answer to whatever is not HTTP, and with draining.
 *
 * @param options - see `HttpServerOptions`
 */
export function createHttpServer({
  handler,
  refuse,
  timeouts,
  lifecycle = { draining: false },
  onAcceptError = () => {},
  headerLimitBytes = HEADER_LIMIT_BYTES,
}: HttpServerOptions): HttpServer {
  const connections = new Map<Socket, Connection>();
  let closesConnections = false;
  let drained: Promise<DrainOutcome> | null = null;

  const limitsMs = arrivalLimits(timeouts);
  const server = createNodeServer(timeouts, limitsMs, headerLimitBytes);
  server.on('connection', onConnection);
  server.on('request', (request, response) => accept(request, response, null));
  server.on('checkContinue', (request, response) => {
    // The client waits for this before it sends the body; a body that is never read is never asked for.
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue();
    });
    accept(request, response, null);
  });
  server.on('checkExpectation', (request, response) => accept(request, response, expectationError()));
  server.on('clientError', (error, socket) => {
    if (socket instanceof Socket) onClientError(error, socket);
  });
  server.on('connect', (request: IncomingMessage, socket) => {
    // Node has taken all its own listeners off the socket by now.
    socket.on('error', () => socket.destroy());
    const connection = socket instanceof Socket ? connections.get(socket) : undefined;
    if (connection) refuseNext(connection, connectError(), request);
  });

  function onConnection(socket: Socket): void {
    const connection = new Connection(socket);
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    // Handed over late, by a process that died: it gets its grace too.
    if (closesConnections) connection.markIdle();
  }

  function accept(request: IncomingMessage, response: ServerResponse, expectation: TransportError | null): void {
    const connection = connections.get(request.socket);
    if (!connection || connection.isClosing) return;
    const previous = connection.last;
    if (previous) {
      // The client was told that nothing behind that answer is taken: to run it unanswered would be the worst.
      if (announcedClose(previous)) return;
      if (closesConnections && !previous.headersSent) previous.shouldKeepAlive = true;
    }
    connection.pending += 1;
    connection.last = response;
    response.on('close', onResponseClose);
    if (closesConnections) response.shouldKeepAlive = false;
    const fault = expectation ?? faultOfHead(request);
    if (fault) answerInstead(response, fault);
    else handler(request, response);
  }

  /** One function for all responses: a closure each would keep every request alive for longer. */
  function onResponseClose(this: ServerResponse): void {
    const connection = connections.get(this.req.socket);
    if (!connection) return;
    connection.pending -= 1;
    if (connection.pending > 0) return;
    const { last, fault } = connection;
    if (last?.req.complete) connection.last = null;
    if (fault) answerFault(connection, fault.error, fault.request);
    else if (closesConnections) connection.markIdle();
  }

  function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = connections.get(socket);
    const fault = transportErrorOf(error);
    if (!connection || !fault) {
      socket.destroy();
      return;
    }
    if (connection.isClosing || connection.fault) return;
    const { last } = connection;
    if (last && !last.req.complete) onBrokenBody(connection, last, fault, error);
    else refuseNext(connection, fault, null);
  }

  /** The body of a request broke off whose handler runs: the answer is the handler's. */
  function onBrokenBody(
    connection: Connection,
    response: ServerResponse,
    fault: TransportError,
    cause: NodeJS.ErrnoException,
  ): void {
    if (isUnexpectedEnd(cause)) {
      connection.socket.destroy();
      return;
    }
    connection.fault = { error: fault, request: response.req };
    if (!response.headersSent) response.shouldKeepAlive = false;
    if (connection.pending === 0) connection.close();
    else if (!response.headersSent && response.req instanceof CollectedRequest) response.req.fail(fault);
  }

  /** Answers once the requests before it are answered, so that no answer is written into another. */
  function refuseNext(connection: Connection, error: TransportError, request: IncomingMessage | null): void {
    connection.fault = { error, request };
    if (connection.pending === 0) answerFault(connection, error, request);
  }

  function answerFault(connection: Connection, error: TransportError, request: IncomingMessage | null): void {
    const { socket, last } = connection;
    // A body that broke off was its own request's, which is answered; and a client that never sent a byte asked nothing.
    if ((last && !last.req.complete) || !socket.writable || socket.bytesRead === 0) {
      connection.close();
      return;
    }
    connection.close(rawAnswer(answerTo(error, request, socket)));
  }

  /** Answers in place of the handler. */
  function answerInstead(response: ServerResponse, error: TransportError): void {
    writeRefusal(response, answerTo(error, response.req, response.req.socket));
  }

  function answerTo(error: TransportError, request: IncomingMessage | null, { remoteAddress }: Socket): RefusalAnswer {
    const requestId = requestIdOf(request?.headers['x-request-id']);
    // Only a head that did not come was waited for here; a body is waited for by its request's handler.
    const waitedMs = error.code === 'request_timeout' ? limitsMs.head : 0;
    return refuse({ error, request, requestId, remoteAddress, waitedMs });
  }

  async function drain(options: DrainOptions): Promise<DrainOutcome> {
    lifecycle.draining = true;
    // Only after the listener is closed: a client that is told to reconnect must not get into its queue.
    await stopListening(server);
    closesConnections = true;
    return drainConnections(connections, options);
  }

  return {
    listen: (options) => startListening(server, options, onAcceptError),
    adopt(socket) {
      // As Node's own server sets them for the connections it accepts.
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      server.emit('connection', socket);
      socket.resume();
    },
    drain(options) {
      drained ??= drain(options);
      return drained;
    },
    get connectionCount() {
      return connections.size;
    },
  };
}

/** How long a request's head, and the whole of it, may take to arrive, ms. */
function arrivalLimits({ requestTimeoutMs, headersTimeoutMs }: ServerTimeouts): { whole: number; head: number } {
  const whole = Math.ceil(requestTimeoutMs);
  return { whole, head: Math.min(Math.ceil(headersTimeoutMs ?? HEADERS_TIMEOUT_MS), whole) };
}

function createNodeServer(
  { keepAliveTimeoutMs = KEEP_ALIVE_TIMEOUT_MS }: ServerTimeouts,
  limitsMs: ReturnType<typeof arrivalLimits>,
  headerLimitBytes: number,
): Server {
  const server = createServer({
    IncomingMessage: CollectedRequest,
    ServerResponse: wholeResponses(keepAliveTimeoutMs),
    requestTimeout: limitsMs.whole,
    headersTimeout: limitsMs.head,
    keepAliveTimeout: Math.ceil(keepAliveTimeoutMs),
    connectionsCheckingInterval: Math.max(50, Math.min(CHECK_INTERVAL_MS, Math.ceil(limitsMs.head / 4))),
    maxHeaderSize: headerLimitBytes,
    insecureHTTPParser: false,
    // It is required all the same, by `faultOfHead`.
    requireHostHeader: false,
    noDelay: true,
  });
  server.timeout = limitsMs.whole + STALL_TIMEOUT_MS;
  // A client that closes its sending side behind a request still reads, and gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Node watches the timeouts of connections from its own `listening` event on. A server that is only handed
  // connections never has one.
  server.emit('listening');
  return server;
}
