import type { Socket } from 'node:net';
import type { ProblemError } from '../problems.js';
import type { BufferedRequest } from './buffered-request.js';
import type { SingleWriteResponse } from './single-write-response.js';

export type ServerResponseOf = SingleWriteResponse<BufferedRequest>;

/** How long a connection is read after its end was sent, ms. */
const LINGER_MS = 2000;

/** An open connection, and the requests on it. */
export class Connection {
  /** The responses that are not complete, in the order of their requests. */
  readonly responses: ServerResponseOf[] = [];
  /** Whether the first of them is in flight; those after it wait. */
  isBusy = false;
  /** The response of the last request; null once both are complete. */
  last: ServerResponseOf | null = null;
  /** What is wrong after the requests in flight; it is responded to after them. */
  error: { readonly error: ProblemError; readonly request: BufferedRequest | null } | null = null;
  /** Set while Node's parser has stopped at a request that asks for another protocol; to be called after those before it. */
  parseRest: (() => void) | null = null;
  /** Whether the end was sent: nothing that still arrives is a request. */
  isClosing = false;
  /** Whether the request of `last` is the last one that is accepted. */
  isFull = false;
  /** When it became idle, or the request that is being received began; by the clock of `slow-clients.ts`. */
  sinceMs = 0;
  /** What it had received when it became idle. */
  bytesThen = 0;
  /** Whether the head of a request has been seen to begin. */
  isReceivingHead = false;
  /** While it has bytes that its client did not read: since when, and what was delivered then and at the last look. */
  unread: {
    readonly deliveredThen: number;
    deliveredBytes: number;
    readonly sinceMs: number;
    progressMs: number;
  } | null = null;

  constructor(readonly socket: Socket) {
    // Node calls this after a response with `Connection: close`, and would close with bytes unread.
    socket.destroySoon = () => this.close();
  }

  /**
   * Ends the connection without a reset (RFC 9112, section 9.6): sends what is left and the end, then reads and drops
   * what the client still sends until it closes too. Closing with unread bytes would make the kernel send a reset, which
   * can destroy the response before the client has read it.
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

  /** Reads and drops what arrives from now on, its end included: Node would take the response in flight for the last one. */
  ignoreInput(): void {
    // A listener for `data` also takes the bytes away from Node's HTTP parser, which reads the handle directly.
    this.socket.removeAllListeners('data').removeAllListeners('end');
    this.socket.on('data', () => {});
  }

  /**
   * The next request, if it may be in flight now. Requests of a connection take effect in order (RFC 9112, section 9.3.2), and
   * one at a time: so a client that pipelines waits for itself, and has one place in the queue like everybody else. After a
   * response that ended the connection none of them is: to run a request without a response would be the worst.
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

  /** Starts to count how long it is idle. @param nowMs - by the clock of whoever asks later */
  markIdle(nowMs: number): void {
    this.isReceivingHead = false;
    this.sinceMs = nowMs;
    this.bytesThen = this.socket.bytesRead;
  }

  /** Whether nothing is in flight, nor has begun to arrive since `markIdle`. */
  get isIdle(): boolean {
    return this.responses.length === 0 && this.error === null && this.socket.bytesRead === this.bytesThen;
  }

  /** The body that is being received, or null. */
  get receivingBody(): BufferedRequest | null {
    return this.last === null || this.last.req.complete ? null : this.last.req;
  }

  /** Bytes that the kernel took over for the client, all responses together. */
  get deliveredBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Bytes in memory that its client did not read. */
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
 * Does what Node's listeners did, all of which it takes off the socket of a request that asks for another protocol: responses
 * that are not complete continue.
 *
 * @param onData - gets what arrives, piece by piece
 * @returns ends it, and tells whether the client has ended its side
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

/** Time by which connections are judged: as long as the process itself is stopped or busy, it stands still. */
export interface Clock {
  readonly nowMs: number;
  /** @param limitMs - the most that it moves, however much time has passed since the last call */
  advance(limitMs: number): void;
}

/** How often draining looks for idle connections and at its deadline, ms. */
const SWEEP_MS = 25;

/**
 * Waits until all connections are gone, and helps: idle ones are ended after a grace, all that are left at the
 * deadline are cut.
 *
 * @param connections - those open; entries leave it as they close
 * @param clock - by which connections are marked idle
 * @param options - `graceMs`: how long an idle connection is kept for a request that may be on its way; `deadlineMs`:
 *   from now
 * @returns `forced` where a request in flight was cut
 */
export function drainConnections(
  connections: ReadonlyMap<Socket, Connection>,
  clock: Clock,
  { graceMs, deadlineMs }: DrainOptions,
): Promise<DrainOutcome> {
  const deadline = performance.now() + deadlineMs;
  clock.advance(SWEEP_MS);
  for (const connection of connections.values()) {
    if (connection.isIdle) connection.markIdle(clock.nowMs);
    // The response in flight is the last; its head says so, unless it is sent already.
    if (connection.last && !connection.last.headersSent) connection.last.shouldKeepAlive = false;
  }
  return new Promise((resolve) => {
    let outcome: DrainOutcome = 'clean';
    function sweep(): void {
      const isOver = performance.now() >= deadline;
      clock.advance(2 * SWEEP_MS);
      for (const connection of connections.values()) {
        if (isOver) {
          if (!connection.isClosing && !connection.isIdle) outcome = 'forced';
          connection.socket.destroy();
        } else if (connection.isIdle && clock.nowMs - connection.sinceMs >= graceMs) connection.close();
      }
      if (connections.size > 0) return;
      clearInterval(timer);
      resolve(outcome);
    }
    // Only once what has arrived is read.
    const timer = setInterval(() => setImmediate(sweep), SWEEP_MS);
    sweep();
  });
}

export interface DrainOptions {
  /** An idle connection is kept for this duration, ms: its client may be sending just now. */
  readonly graceMs: number;
  /** What is left after this duration is cut, ms. */
  readonly deadlineMs: number;
}

/** Whether every request was responded to, or some were cut at the deadline. */
export type DrainOutcome = 'clean' | 'forced';
