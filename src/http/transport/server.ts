import { Socket } from 'node:net';
import { Bag } from '../../scheduling/bag.js';
import type { ProblemError } from '../problems.js';
import { AdmissionQueue } from './admission-queue.js';
import { BufferedRequest } from './buffered-request.js';
import {
  CONNECTION,
  Connection,
  type DrainOptions,
  type DrainOutcome,
  drainConnections,
  type RequestFailure,
  type ServerResponseOf,
  stopParsing,
} from './connections.js';
import { createNodeServer, type ListenTarget, startListening, stopListening } from './listening.js';
import { headError, headWithoutUpgrade, splitTarget } from './request-target.js';
import { SingleWriteResponse } from './single-write-response.js';
import { limitsFor, type SlowClientLimits, watchSlowClients } from './slow-clients.js';
import { connectError, expectationError, parserError, requestTimeout } from './transport-errors.js';

export interface HttpServerOptions {
  /**
   * For example Koa's callback. A request with a `rejection` is malformed or incomplete: its response is that error.
   */
  readonly handler: (request: BufferedRequest, response: ServerResponseOf) => void;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes?: number;
  /** Called if connections cannot be accepted, for example without file descriptors; the server continues. */
  readonly onAcceptError?: (error: Error) => void;
  /** Called for a request that is rejected because bodies in progress take too much memory. */
  readonly onShed?: () => void;
  /** Where requests wait to begin. */
  readonly queue?: AdmissionQueue;
  /** The paths of requests that begin at once, such as health checks. */
  readonly urgentPaths?: ReadonlySet<string>;
  /** Called when a request starts (1) or stops (-1) waiting in the queue. */
  readonly onWait?: (change: 1 | -1) => void;
  /** Overrides those of `limitsFor`. */
  readonly limits?: Partial<SlowClientLimits>;
}

export type HttpServer = ReturnType<typeof createHttpServer>;

/** The maximum number of requests of a connection without a complete response. */
const PIPELINE_LIMIT = 1000;
/** The maximum number over all connections, of about 2 KB each. Beyond it, connections with more than a share are reset. */
const ALL_PIPELINES_LIMIT = 16_000;
const PIPELINE_SHARE = 16;

/** Adds responses to malformed HTTP, limits for slow clients, ordered requests and draining to Node's server. */
export function createHttpServer({
  handler,
  requestTimeoutMs,
  bodyLimitBytes,
  onAcceptError = () => {},
  onShed = () => {},
  queue = new AdmissionQueue(),
  urgentPaths = new Set(),
  onWait = () => {},
  limits: ownLimits = {},
}: HttpServerOptions) {
  const connections = new Bag<Connection>();
  let closesConnections = false;
  /** Accepted requests without a complete response. */
  let accepted = 0;
  let drained: Promise<DrainOutcome> | null = null;

  const limits: SlowClientLimits = { ...limitsFor(requestTimeoutMs, bodyLimitBytes), ...ownLimits };
  const expire = (connection: Connection, detail: string) => fail(connection, requestTimeout(detail));
  const slowClients = watchSlowClients(connections, limits, expire, onShed);
  const { clock, meter, wroteUnread, connected } = slowClients;
  const server = createNodeServer();
  server.on('connection', onConnection);
  server.on('request', accept);
  server.on('checkContinue', (request, response) => {
    response.awaitsContinue = true;
    // The client waits for this before it sends the body; a body that is never read is never requested.
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue();
    });
    accept(request, response);
  });
  server.on('checkExpectation', (request, response) => {
    request.rejection = expectationError();
    accept(request, response);
  });
  server.on('clientError', (error, socket) => {
    if (socket instanceof Socket) onClientError(error, socket);
  });
  server.on('connect', (request: BufferedRequest, socket) => {
    const connection = socket instanceof Socket ? socket[CONNECTION] : undefined;
    if (!connection) return;
    stopParsing(connection, () => {});
    rejectNext(connection, { error: connectError(), request });
  });
  // Without a listener, Node would drop what follows an upgrade request in the same packet.
  server.on('upgrade', (request: BufferedRequest, socket, rest: Buffer) => {
    const connection = socket instanceof Socket ? socket[CONNECTION] : undefined;
    if (!connection) return;
    const parts = [headWithoutUpgrade(request), rest];
    const stop = stopParsing(connection, (bytes) => parts.push(bytes));
    connection.parseRest = () => {
      // Its error follows.
      if (socket.destroyed) return;
      connection.parseRest = null;
      const isEnded = stop();
      server.emit('connection', socket);
      socket.emit('data', Buffer.concat(parts));
      if (isEnded) socket.emit('end');
      else socket.resume();
    };
    if (connection.responses.length === 0) setImmediate(connection.parseRest);
  });

  function onConnection(socket: Socket): void {
    if (socket[CONNECTION]) return;
    const connection = connections.add(new Connection(socket));
    connection.markIdle(clock.nowMs);
    queue.noteConnection();
    connected();
    // Node makes an error for each request that waits; without this, each stack trace takes a tenth of a millisecond.
    const { stackTraceLimit } = Error;
    socket.prependOnceListener('close', () => {
      Error.stackTraceLimit = 0;
    });
    socket.once('close', () => {
      Error.stackTraceLimit = stackTraceLimit;
      connections.delete(connection);
      forget(connection);
    });
  }

  function forget({ socket, responses }: Connection): void {
    socket[CONNECTION] = undefined;
    for (const { req } of responses) req.release();
    accepted -= responses.length;
    responses.length = 0;
  }

  function accept(request: BufferedRequest, response: ServerResponseOf): void {
    const connection = request.socket[CONNECTION];
    if (!connection || connection.isClosing) return;
    if (connection.isFull) {
      // Only now, because the request before it may have had a body.
      connection.ignoreInput();
      return;
    }
    const previous = connection.last;
    if (previous) {
      // The client was told that this response is the last: a later request must not run without a response.
      if (previous.announcedClose) return;
      if (closesConnections && !previous.headersSent) previous.shouldKeepAlive = true;
    }
    connection.isReceivingHead = false;
    connection.sinceMs = clock.nowMs;
    connection.last = response;
    request.meter = meter;
    response.announceKeepAlive(limits.keepAliveMs);
    response.onUnread = wroteUnread;
    response.on('close', onResponseClose);
    accepted += 1;
    const length = connection.responses.push(response);
    if (length > PIPELINE_SHARE && accepted > ALL_PIPELINES_LIMIT) {
      onShed();
      forget(connection);
      request.socket.resetAndDestroy();
      return;
    }
    if (length >= PIPELINE_LIMIT) connection.isFull = true;
    if (closesConnections || connection.isFull) response.shouldKeepAlive = false;
    request.rejection ??= headError(request);
    runNext(connection);
  }

  function runNext(connection: Connection): void {
    const response = connection.next();
    if (!response) return;
    const { req } = response;
    // A connection on which further requests wait gets no more than its share.
    const isUrgent = connection.responses.length === 1 && urgentPaths.has(splitTarget(req.url ?? '').path);
    // A large body takes further turns to arrive, and the request waits after that.
    if (isUrgent || req.isLarge) {
      handler(req, response);
      return;
    }
    onWait(1);
    queue.enqueue((isLate, waitedMs) => {
      onWait(-1);
      if (req.complete) req.isLate = isLate;
      req.waitedMs = waitedMs;
      handler(req, response);
    });
  }

  /** One function for all responses: closures would keep every request alive for longer. */
  function onResponseClose(this: ServerResponseOf): void {
    const connection = this.req.socket[CONNECTION];
    if (!connection) return;
    accepted -= 1;
    connection.finish();
    if (connection.responses.length > 0) runNext(connection);
    else if (connection.parseRest && !connection.isClosing) connection.parseRest();
    else if (connection.error) respondToError(connection, connection.error);
    // A body that is still arriving has the time limit of its request.
    else if (connection.last === null) connection.markIdle(clock.nowMs);
  }

  function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = socket[CONNECTION];
    const transportError = parserError(error);
    if (!connection || !transportError) {
      socket.destroy();
      return;
    }
    fail(connection, transportError);
  }

  /** Ends the request that is arriving, or would come next. */
  function fail(connection: Connection, error: ProblemError): void {
    if (connection.isClosing || connection.error) return;
    const { last } = connection;
    if (!last || last.req.complete) {
      rejectNext(connection, { error, request: null });
      return;
    }
    // Its body is broken; it has a handler, which responds.
    connection.error = { error, request: last.req };
    if (!last.headersSent) last.shouldKeepAlive = false;
    if (connection.responses.length === 0) connection.close();
    else if (!last.headersSent) last.req.fail(error);
  }

  /** Responds after the requests before it, so that no response is written into another. */
  function rejectNext(connection: Connection, rejected: RequestFailure): void {
    connection.error = rejected;
    if (connection.responses.length === 0) respondToError(connection, rejected);
    else connection.ignoreInput();
  }

  function respondToError(connection: Connection, { error, request }: RequestFailure): void {
    const { socket, last } = connection;
    // A broken body's request has its response, and a client that sent nothing needs none.
    if ((last && !last.req.complete) || !socket.writable || socket.bytesRead === 0) {
      connection.close();
      return;
    }
    connection.isFull = true;
    connection.ignoreInput();
    const rejected = request ?? unreadRequest(socket);
    rejected.rejection = error;
    // Here only the head was awaited; the handler waits for the body.
    if (error.reply.status === 408) rejected.waitedMs = limits.headMs;
    const response = new SingleWriteResponse(rejected);
    response.assignSocket(socket);
    response.once('finish', () => connection.close());
    handler(rejected, response);
  }

  async function drain(options: DrainOptions): Promise<DrainOutcome> {
    // Only after the listener is closed: a client that is told to reconnect must not enter its queue.
    const deadline = performance.now() + options.deadlineMs;
    await stopListening(server, options.deadlineMs / 2);
    closesConnections = true;
    return drainConnections(connections, clock, options.graceMs, deadline).finally(slowClients.close);
  }

  return {
    /** Resolves with the address. Throws errors of `net.Server`, such as `EADDRINUSE`. */
    listen: (target: ListenTarget) => startListening(server, target, onAcceptError),
    /** Serves a connection that another process accepted. */
    adopt(socket: Socket): void {
      // Node's own server sets these for connections that it accepts.
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      server.emit('connection', socket);
      socket.resume();
    },
    /** Stops listening, responds to accepted requests, and resolves when all connections have closed. */
    drain: (options: DrainOptions) => (drained ??= drain(options)),
    get connectionCount(): number {
      return connections.size;
    },
  };
}

/** Represents a request whose head could not be read. */
function unreadRequest(socket: Socket): BufferedRequest {
  return Object.assign(new BufferedRequest(socket), { method: UNREAD, url: UNREAD, httpVersionMajor: 1 });
}

/** The method and path of such a request in the log. */
const UNREAD = '-';
