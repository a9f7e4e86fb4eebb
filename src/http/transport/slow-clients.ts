import { readFileSync } from 'node:fs';
import type { Bag } from '../../scheduling/bag.js';
import { ProblemError, problem } from '../problems.js';
import { Clock, type Connection } from './connections.js';

/** Over all connections of a server. */
export interface SlowClientLimits {
  /** The number of open connections beyond which idle ones are closed. */
  readonly connections: number;
  /** The number of requests being received. */
  readonly receiving: number;
  /** Bodies in memory, being received or processed, even if their client has left. */
  readonly bodyBytes: number;
  /** Responses that clients have not read. */
  readonly unreadBytes: number;
  readonly headMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** The time in which a client must read something of its response. */
  readonly unreadMs: number;
}

/** An idle connection takes about 9 KiB. */
const CONNECTIONS_LIMIT = 16_384;
/** The rest is for files, the database, and connections of the event loop turn. */
const FILES_SHARE = 3 / 4;
/** A head is a few kilobytes, and no honest client needs longer. */
const HEADERS_TIMEOUT_MS = 15_000;
/**
 * Longer than the 60 seconds for which load balancers commonly keep idle connections (AWS ALB, nginx, HAProxy). If the
 * server closed first, it could do so while the client sends a request.
 */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A client that reads nothing is disconnected after the time for a request plus this. */
const UNREAD_TIMEOUT_MS = 60_000;
/** How far a time limit may be exceeded. */
const SWEEP_MS = 500;
/** Credited to each request, so that one that has just begun is not the slowest. */
const ADVANCE_BYTES = 1024;
/** Rejecting a smaller body would free too little memory. */
const SMALL_BODY_BYTES = 16 * 1024;
/** The share that is closed beyond the excess, so that a flood does not compare all connections for each new one. */
const MARGIN = 1 / 16;

interface Candidate {
  readonly connection: Connection;
  readonly bytesPerMs: number;
  readonly heldBytes: number;
}

/**
 * Checks all connections a few times a second. Closes those that take too long and, if together they hold too much,
 * the slowest. This costs nothing per request.
 *
 * @param expire - responds to a request that arrives too slowly
 * @param onShed - called for a request that is rejected because bodies in progress take too much memory
 */
export function watchSlowClients(
  connections: Bag<Connection>,
  limits: SlowClientLimits,
  expire: (connection: Connection, detail: string) => void,
  onShed: () => void,
) {
  const sweepMs = Math.max(50, Math.min(SWEEP_MS, Math.ceil(Math.min(limits.headMs, limits.unreadMs) / 4)));
  const clock = new Clock();
  let bodyBytes = 0;
  /** Those of complete bodies, which are being processed. */
  let heldBytes = 0;
  let isSweepDue = false;
  /** Bytes not read by clients, as of the last sweep plus later writes. */
  let unreadBytes = 0;

  function sweepSoon(): void {
    if (isSweepDue) return;
    isSweepDue = true;
    // Only after pending input is read: after a pause of the process that may be all that is missing.
    setImmediate(sweep);
  }

  function sweep(): void {
    isSweepDue = false;
    clock.advance(2 * sweepMs);
    const receiving: Candidate[] = [];
    const unread: Candidate[] = [];
    const idle: Connection[] = [];
    unreadBytes = 0;
    for (const connection of connections) {
      if (!connection.isClosing) checkReceiving(connection, receiving, idle);
      checkUnread(connection, unread);
    }
    if (connections.size > limits.connections) {
      const surplus = connections.size - limits.connections * (1 - MARGIN);
      idle.sort((one, other) => one.idleOrder - other.idleOrder);
      for (const { socket } of idle.slice(0, surplus)) socket.destroy();
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
      // The fastest client keeps its response, even if that alone exceeds the limit.
      for (const { connection, heldBytes } of slowestFirst(unread).slice(0, -1)) {
        if (unreadBytes <= limits.unreadBytes * (1 - MARGIN)) break;
        unreadBytes -= heldBytes;
        connection.socket.resetAndDestroy();
      }
    }
  }

  /** Ends idle or late connections; others that are idle, or whose request is being received, become candidates. */
  function checkReceiving(connection: Connection, receiving: Candidate[], idle: Connection[]): void {
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
    // The request began after the sweep that set `sinceMs`; without this it could be cut off early.
    const forMs = Math.max(0, nowMs - connection.sinceMs - sweepMs);
    if (body === null && !isHead) {
      // A new connection must send its first request soon.
      if (bytes === 0 && forMs > limits.headMs) expire(connection, '');
      else if (forMs > limits.keepAliveMs) connection.close();
      else idle.push(connection);
    } else if (connection.error !== null) return;
    else if (forMs > (isHead ? limits.headMs : limits.requestMs)) {
      expire(connection, 'The request did not arrive in time.');
    } else {
      const heldBytes = body?.receivedBytes ?? bytes - connection.bytesThen;
      receiving.push({ connection, heldBytes, bytesPerMs: (heldBytes + ADVANCE_BYTES) / (forMs + sweepMs) });
    }
  }

  /** Cuts off a client that has read nothing for too long; others with unread bytes become candidates. */
  function checkUnread(connection: Connection, unread: Candidate[]): void {
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

  /** A complete body is not slow. Beyond the limit it is rejected, unless it is small. */
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
    /** A client has connected. */
    connected() {
      if (connections.size > limits.connections) sweepSoon();
    },
    /** A response was written that is not read yet; limits the sum of all. */
    wroteUnread(bytes: number) {
      unreadBytes += bytes;
      if (unreadBytes > limits.unreadBytes) sweepSoon();
    },
    close: () => clearInterval(timer),
  };
}

/** If clients are equally slow, the one that holds most comes first. */
function slowestFirst(candidates: Candidate[]): Candidate[] {
  return candidates.sort((one, other) => one.bytesPerMs - other.bytesPerMs || other.heldBytes - one.heldBytes);
}

/**
 * The limits of a server.
 *
 * @param requestMs - the time limit for receiving a request
 * @param bodyLimitBytes - the largest body: two of them always fit
 */
export function limitsFor(requestMs: number, bodyLimitBytes = 0): SlowClientLimits {
  return {
    connections: connectionsLimit(),
    receiving: 1024,
    bodyBytes: Math.max(64 * 1024 * 1024, 2 * bodyLimitBytes),
    unreadBytes: 64 * 1024 * 1024,
    headMs: Math.min(HEADERS_TIMEOUT_MS, requestMs),
    requestMs,
    keepAliveMs: KEEP_ALIVE_TIMEOUT_MS,
    unreadMs: requestMs + UNREAD_TIMEOUT_MS,
  };
}

/** The number of open connections beyond which a server closes idle ones. */
export function connectionsLimit(): number {
  return Math.min(CONNECTIONS_LIMIT, openFilesLimit() * FILES_SHARE);
}

/** The number of files that this process may open. Infinity if it is unlimited or unknown. */
function openFilesLimit(): number {
  try {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
