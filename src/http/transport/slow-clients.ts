import { ProblemError, problem } from '../problems.js';
import type { Clock, Connection } from './connections.js';

/** What clients may hold by being slow, and for how long. All connections of a server share it. */
export interface SlowClientLimits {
  /** Requests whose head or body is being received. */
  readonly receiving: number;
  /** Bodies in memory: being received, and worked on, whether or not their client is still there. */
  readonly bodyBytes: number;
  /** Responses, or what is left of them, that clients have not read. */
  readonly unreadBytes: number;
  /** For a request's head to arrive, ms. */
  readonly headMs: number;
  /** For a whole request to arrive, ms. */
  readonly requestMs: number;
  /** For the next request to begin, ms. */
  readonly keepAliveMs: number;
  /** For a client to read any of what waits for it, ms. */
  readonly unreadMs: number;
}

/** A head is a few kilobytes, and no honest client needs longer for it. */
const HEADERS_TIMEOUT_MS = 15_000;
/**
 * Longer than the 60 seconds for which load balancers commonly keep idle connections (AWS ALB, nginx, HAProxy): the
 * side that sends requests should be the one that closes, or it may send one on a connection that is closing.
 */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A client that reads nothing of what waits for it is disconnected after the time of a request and this, ms. */
const UNREAD_TIMEOUT_MS = 60_000;
/** How far a time limit may be exceeded, ms. */
const SWEEP_MS = 500;
/** In advance of what arrives: a client that has just begun is not the slowest. */
const ADVANCE_BYTES = 1024;
/** To reject a body that is smaller than this would not make room. */
const SMALL_BODY_BYTES = 16 * 1024;
/** More than is necessary is closed at once, so that a flood does not have everybody compared for each connection. */
const MARGIN = 1 / 16;

interface Candidate {
  readonly connection: Connection;
  readonly bytesPerMs: number;
  readonly heldBytes: number;
}

/**
 * Looks at all connections a few times a second, and closes those that take too long or, where all together hold too
 * much, the slowest. A request costs nothing here, and a flood of slow clients only the look.
 *
 * @param connections - those open
 * @param limits - see `SlowClientLimits`
 * @param expire - responds to a request that is not received in time, or too slowly
 * @param onShed - told of a request that is rejected because those in progress have too many bytes
 */
export function watchSlowClients(
  connections: ReadonlyMap<unknown, Connection>,
  limits: SlowClientLimits,
  expire: (connection: Connection, detail: string) => void,
  onShed: () => void,
) {
  const sweepMs = Math.max(50, Math.min(SWEEP_MS, Math.ceil(Math.min(limits.headMs, limits.unreadMs) / 4)));
  const clock = createClock();
  let bodyBytes = 0;
  /** Of these, the complete ones that somebody works on. */
  let heldBytes = 0;
  let isSweepDue = false;
  /** Not read by clients, as far as is known: at the last look, and since. */
  let unreadBytes = 0;

  function sweepSoon(): void {
    if (isSweepDue) return;
    isSweepDue = true;
    // Only once what has arrived is read: after a pause of the process it may be all that is missing.
    setImmediate(sweep);
  }

  function sweep(): void {
    isSweepDue = false;
    clock.advance(2 * sweepMs);
    const receiving: Candidate[] = [];
    const unread: Candidate[] = [];
    unreadBytes = 0;
    for (const connection of connections.values()) {
      if (!connection.isClosing) lookAtReceiving(connection, receiving);
      lookAtUnread(connection, unread);
    }
    if (receiving.length > limits.receiving) {
      const surplus = receiving.length - limits.receiving * (1 - MARGIN);
      for (const { connection } of slowestFirst(receiving).slice(0, surplus)) {
        expire(connection, 'Too many requests are being received, and this one arrived more slowly than others.');
      }
    }
    if (bodyBytes > limits.bodyBytes) {
      for (const { connection } of slowestFirst(receiving)) {
        if (bodyBytes <= limits.bodyBytes * (1 - MARGIN)) break;
        if ((connection.receivingBody?.receivedBytes ?? 0) <= SMALL_BODY_BYTES) continue;
        expire(connection, 'Too many bodies are being received, and this one arrived more slowly than others.');
      }
    }
    if (unreadBytes > limits.unreadBytes) {
      // The fastest is served even where its response alone is larger.
      for (const { connection, heldBytes } of slowestFirst(unread).slice(0, -1)) {
        if (unreadBytes <= limits.unreadBytes * (1 - MARGIN)) break;
        unreadBytes -= heldBytes;
        connection.socket.resetAndDestroy();
      }
    }
  }

  /** Ends what is idle or late; a request that is still being received becomes a candidate. */
  function lookAtReceiving(connection: Connection, receiving: Candidate[]): void {
    const { nowMs } = clock;
    const body = connection.receivingBody;
    if (body === null && connection.responses.length > 0) return;
    if (body === null && connection.last !== null) {
      // The response was complete before the body.
      connection.last = null;
      connection.markIdle(nowMs);
    }
    const bytes = connection.socket.bytesRead;
    const isHead = body === null && bytes !== connection.bytesThen;
    if (isHead && !connection.isReceivingHead) {
      connection.isReceivingHead = true;
      connection.sinceMs = nowMs;
    }
    // It began after the look that `sinceMs` is of: nobody is cut off early.
    const forMs = Math.max(0, nowMs - connection.sinceMs - sweepMs);
    if (body === null && !isHead) {
      // A new connection must send its request soon; later ones may take their time.
      if (bytes === 0 && forMs > limits.headMs) expire(connection, '');
      else if (forMs > limits.keepAliveMs) connection.close();
    } else if (connection.error !== null) return;
    else if (forMs > (isHead ? limits.headMs : limits.requestMs)) {
      expire(connection, 'The request did not arrive in time.');
    } else {
      const heldBytes = body?.receivedBytes ?? bytes - connection.bytesThen;
      receiving.push({ connection, heldBytes, bytesPerMs: (heldBytes + ADVANCE_BYTES) / (forMs + sweepMs) });
    }
  }

  /** Cuts off who has read nothing for too long; who has something left to read becomes a candidate. */
  function lookAtUnread(connection: Connection, unread: Candidate[]): void {
    const { nowMs } = clock;
    const bytes = connection.unreadBytes;
    if (bytes === 0) {
      connection.unread = null;
      return;
    }
    unreadBytes += bytes;
    const { deliveredBytes } = connection;
    connection.unread ??= { deliveredThen: deliveredBytes, deliveredBytes, sinceMs: nowMs, progressMs: nowMs };
    const state = connection.unread;
    if (deliveredBytes > state.deliveredBytes) state.progressMs = nowMs;
    state.deliveredBytes = deliveredBytes;
    if (nowMs - state.progressMs > limits.unreadMs) connection.socket.resetAndDestroy();
    else {
      const bytesPerMs = (deliveredBytes - state.deliveredThen + ADVANCE_BYTES) / (nowMs - state.sinceMs + sweepMs);
      unread.push({ connection, heldBytes: bytes, bytesPerMs });
    }
  }

  function add(bytes: number): void {
    bodyBytes += bytes;
    if (bodyBytes > limits.bodyBytes) sweepSoon();
  }

  /** What is complete is not slow: beyond the limit it is rejected, unless it is small. */
  function hold(bytes: number): void {
    if (bytes > SMALL_BODY_BYTES && heldBytes + bytes > limits.bodyBytes) {
      onShed();
      const detail = 'Too many large requests are in progress; nothing was changed. Try again later.';
      throw new ProblemError(problem('overloaded', detail), true);
    }
    heldBytes += bytes;
    add(bytes);
  }

  const timer = setInterval(sweepSoon, sweepMs).unref();
  return {
    clock,
    meter: { add, hold },
    /** A response was written of which something is left: see to it that all together are not too much. */
    wroteUnread(bytes: number) {
      unreadBytes += bytes;
      if (unreadBytes > limits.unreadBytes) sweepSoon();
    },
    close: () => clearInterval(timer),
  };
}

/** Of equally slow ones, the one that holds most. */
function slowestFirst(candidates: Candidate[]): Candidate[] {
  return candidates.sort((one, other) => one.bytesPerMs - other.bytesPerMs || other.heldBytes - one.heldBytes);
}

/**
 * The limits of a server.
 *
 * @param requestMs - the time for a request to arrive
 * @param bodyLimitBytes - the largest body: two of them always have room
 */
export function limitsFor(requestMs: number, bodyLimitBytes = 0): SlowClientLimits {
  return {
    receiving: 1024,
    bodyBytes: Math.max(64 * 1024 * 1024, 2 * bodyLimitBytes),
    unreadBytes: 64 * 1024 * 1024,
    headMs: Math.min(HEADERS_TIMEOUT_MS, requestMs),
    requestMs,
    keepAliveMs: KEEP_ALIVE_TIMEOUT_MS,
    unreadMs: requestMs + UNREAD_TIMEOUT_MS,
  };
}

function createClock(): Clock {
  let nowMs = 0;
  let lookedAtMs = performance.now();
  return {
    get nowMs() {
      return nowMs;
    },
    advance(limitMs) {
      const realMs = performance.now();
      nowMs += Math.min(realMs - lookedAtMs, limitMs);
      lookedAtMs = realMs;
    },
  };
}
