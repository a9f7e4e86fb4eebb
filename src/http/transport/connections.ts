import type { Socket } from 'node:net';
import type { Bag } from '../../scheduling/bag.js';
import type { ProblemError } from '../problems.js';
import type { BufferedRequest } from './buffered-request.js';
import type { SingleWriteResponse } from './single-write-response.js';

declare module 'node:net' {
  interface Socket {
    /** Node's HTTP parser. Its `onIncoming` returns 2 to end parsing, as after an upgrade. */
    parser?: { onIncoming(request: unknown, shouldKeepAlive: boolean): number } | null;
    [CONNECTION]?: Connection | undefined;
  }
}

/** The connection of a socket that a server has and that is open. */
export const CONNECTION = Symbol('connection');

export type ServerResponseOf = SingleWriteResponse<BufferedRequest>;

/** The request is null if its head could not be read. */
export interface RequestFailure {
  readonly error: ProblemError;
  readonly request: BufferedRequest | null;
}

/** How long a connection is read after its end was sent. */
const LINGER_MS = 2000;

let lastIdleOrder = 0;

export class Connection {
  bagIndex = -1;
  /** In order. */
  readonly responses: ServerResponseOf[] = [];
  /** Whether the first of them is in flight; the others wait. */
  isBusy = false;
  /** The response of the last request; null once both are complete. */
  last: ServerResponseOf | null = null;
  /** An error found after the requests in flight; its response follows theirs. */
  error: RequestFailure | null = null;
  /** Resumes Node's parser, which stops at an upgrade request; called after the requests before it. */
  parseRest: (() => void) | null = null;
  /** Whether the end was sent: later input is ignored. */
  isClosing = false;
  /** Whether the request of `last` is the last accepted one. */
  isFull = false;
  /** When it became idle, or the current request began to arrive; by the clock of `slow-clients.ts`. */
  sinceMs = 0;
  /** Lower for those that became idle earlier. */
  idleOrder = 0;
  /** Bytes received when it became idle. */
  bytesThen = 0;
  /** Whether the head of a request has begun to arrive. */
  isReceivingHead = false;
  /** While the client has unread bytes: since when, and the bytes delivered then and at the last sweep. */
  unread: {
    readonly deliveredThen: number;
    deliveredBytes: number;
    readonly sinceMs: number;
    progressMs: number;
  } | null = null;

  constructor(readonly socket: Socket) {
    socket[CONNECTION] = this;
    // Node caches the address when it is first read. Once the client has left, it could not be found.
    void socket.remoteAddress;
    // Node calls this after a response with `Connection: close`, and would close with bytes unread.
    socket.destroySoon = () => this.close();
    const { parser } = socket;
    if (!parser) return;
    const { onIncoming } = parser;
    // Otherwise the rest of the packet would be parsed, whose requests take much memory and time.
    parser.onIncoming = (request, shouldKeepAlive) => {
      const result = onIncoming(request, shouldKeepAlive);
      return socket.destroyed ? 2 : result;
    };
  }

  /**
   * Ends the connection without a reset (RFC 9112, section 9.6): sends the remaining data and a FIN, then drops input
   * until the client closes. Otherwise the kernel would send a reset, which can destroy the response before the
   * client has read it.
   */
  close(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    const { socket } = this;
    if (socket.destroyed) return;
    this.ignoreInput();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.end();
    socket.resume();
  }

  /** Reads and drops all further input, including its end, at which Node would end the response in flight. */
  ignoreInput(): void {
    // A `data` listener also stops Node's HTTP parser from reading the handle directly.
    this.socket.removeAllListeners('data').removeAllListeners('end');
    this.socket.on('data', () => {});
  }

  /**
   * The next request, if it may start. Requests of a connection run in order (RFC 9112, section 9.3.2), one at a time,
   * so a client that pipelines has one place in the queue. After a response that ended the connection none may start.
   */
  next(): ServerResponseOf | null {
    const [next] = this.responses;
    if (this.isBusy || this.isClosing || !next) return null;
    this.isBusy = true;
    return next;
  }

  /** The first response is complete, or was cut off. */
  finish(): void {
    this.responses.shift()?.req.release();
    this.isBusy = false;
    if (this.responses.length === 0 && this.last?.req.complete) this.last = null;
  }

  /** Starts to count its idle time. @param nowMs - by the clock of the later check */
  markIdle(nowMs: number): void {
    this.isReceivingHead = false;
    this.sinceMs = nowMs;
    lastIdleOrder += 1;
    this.idleOrder = lastIdleOrder;
    this.bytesThen = this.socket.bytesRead;
  }

  /** Whether nothing is in flight or has begun to arrive since `markIdle`. */
  get isIdle(): boolean {
    return this.responses.length === 0 && this.error === null && this.socket.bytesRead === this.bytesThen;
  }

  /** The body being received, or null. */
  get receivingBody(): BufferedRequest | null {
    return this.last === null || this.last.req.complete ? null : this.last.req;
  }

  /** Bytes of all responses that the kernel accepted for the client. */
  get deliveredBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Bytes in memory that the client has not read. */
  get unreadBytes(): number {
    let bytes = this.socket.writableLength;
    for (const response of this.responses) {
      bytes += response.unsentBytes;
      if (response.socket === null) bytes += response.writableLength;
    }
    return bytes;
  }
}

/**
 * Replaces Node's listeners, which it removes from the socket of a request that asks for another protocol, so that
 * incomplete responses continue.
 *
 * @param onData - called with what arrives
 * @returns stops this, and returns whether the client has ended its side
 */
export function stopParsing({ socket, responses }: Connection, onData: (bytes: Buffer) => void): () => boolean {
  let isEnded = false;
  const listeners = {
    error: () => socket.destroy(),
    drain: () => responses[0]?.emit('drain'),
    end: () => {
      isEnded = true;
    },
    data(bytes: Buffer) {
      onData(bytes);
      socket.pause();
    },
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    return isEnded;
  };
}

/** A clock for connections, which stands still while the process is stopped or busy. */
export class Clock {
  nowMs = 0;
  #lookedAtMs = performance.now();

  /** @param limitMs - the most that it moves, however much time has passed */
  advance(limitMs: number): void {
    const realMs = performance.now();
    this.nowMs += Math.min(realMs - this.#lookedAtMs, limitMs);
    this.#lookedAtMs = realMs;
  }
}

/** How often draining checks for idle connections and its deadline. */
const SWEEP_MS = 25;

/**
 * Waits until all connections have closed: idle ones are ended after a grace period, all others at the deadline.
 *
 * @param connections - the open ones; entries are removed as they close
 * @param clock - by which connections are marked idle
 * @param deadline - monotonic time, ms
 * @returns `forced` if a request in flight was cut
 */
export function drainConnections(
  connections: Bag<Connection>,
  clock: Clock,
  graceMs: number,
  deadline: number,
): Promise<DrainOutcome> {
  clock.advance(SWEEP_MS);
  for (const connection of connections) {
    if (connection.isIdle) connection.markIdle(clock.nowMs);
    // Its head tells the client to close, unless it was sent already.
    if (connection.last && !connection.last.headersSent) connection.last.shouldKeepAlive = false;
  }
  return new Promise((resolve) => {
    let outcome: DrainOutcome = 'clean';
    function sweep(): void {
      const isOver = performance.now() >= deadline;
      clock.advance(2 * SWEEP_MS);
      for (const connection of connections) {
        if (isOver) {
          if (!connection.isClosing && !connection.isIdle) outcome = 'forced';
          connection.socket.destroy();
        } else if (connection.isIdle && clock.nowMs - connection.sinceMs >= graceMs) connection.close();
      }
      if (connections.size > 0) return;
      clearInterval(timer);
      resolve(outcome);
    }
    // Only after pending input is read.
    const timer = setInterval(() => setImmediate(sweep), SWEEP_MS);
    sweep();
  });
}

export interface DrainOptions {
  /** How long an idle connection is kept: its client may be sending a request. */
  readonly graceMs: number;
  /** Connections left after this time are cut. */
  readonly deadlineMs: number;
}

/** Whether all requests got a response, or some were cut at the deadline. */
export type DrainOutcome = 'clean' | 'forced';
