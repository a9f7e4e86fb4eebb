import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { closeGently } from './close-gently.js';
import type { TransportError } from './transport-errors.js';

/** An open connection, and the requests that are under way on it. */
export class Connection {
  /** Requests that were accepted and whose answers are not complete. */
  pending = 0;
  /** The response of the last request; null once both are complete. */
  last: ServerResponse | null = null;
  /** A fault behind the requests under way; it is answered when they are. */
  fault: { readonly error: TransportError; readonly request: IncomingMessage | null } | null = null;
  /** Whether the end was sent: nothing that still arrives is a request. */
  isClosing = false;
  /** While draining: since when it is idle (monotonic, ms), and how much it had received by then. */
  #idleSinceMs = 0;
  #idleBytes = 0;

  constructor(readonly socket: Socket) {
    // Node calls this after an answer with `Connection: close`, and would close with bytes unread.
    socket.destroySoon = () => this.close();
  }

  /**
   * Ends the connection without a reset.
   *
   * @param lastBytes - sent before the end
   */
  close(lastBytes?: string): void {
    if (this.isClosing) return;
    this.isClosing = true;
    closeGently(this.socket, lastBytes);
  }

  /** Starts to count how long it is idle. */
  markIdle(): void {
    this.#idleSinceMs = performance.now();
    this.#idleBytes = this.socket.bytesRead;
  }

  /** Whether nothing is under way, nor has begun to arrive since `markIdle`. */
  get isIdle(): boolean {
    return this.pending === 0 && this.fault === null && this.socket.bytesRead === this.#idleBytes;
  }

  /** Monotonic time, ms. */
  get idleSinceMs(): number {
    return this.#idleSinceMs;
  }
}

/** How often draining looks for idle connections and at its deadline, ms. */
const SWEEP_MS = 25;

/**
 * Waits until all connections are gone, and helps: idle ones are ended after a grace, all that are left at the
 * deadline are cut.
 *
 * @param connections - those open; entries leave it as they close
 * @param options - `graceMs`: how long an idle connection is kept for a request that may be on its way; `deadlineMs`:
 *   from now
 * @returns `forced` where a request under way was cut
 */
export function drainConnections(
  connections: ReadonlyMap<Socket, Connection>,
  { graceMs, deadlineMs }: DrainOptions,
): Promise<DrainOutcome> {
  const deadline = performance.now() + deadlineMs;
  for (const connection of connections.values()) {
    connection.markIdle();
    // The answer under way is the last; its head says so, unless it is sent already.
    if (connection.last && !connection.last.headersSent) connection.last.shouldKeepAlive = false;
  }
  return new Promise((resolve) => {
    let outcome: DrainOutcome = 'clean';
    function sweep(): void {
      const nowMs = performance.now();
      for (const connection of connections.values()) {
        if (nowMs >= deadline) {
          if (!connection.isClosing && !connection.isIdle) outcome = 'forced';
          connection.socket.destroy();
        } else if (connection.isIdle && nowMs - connection.idleSinceMs >= graceMs) connection.close();
      }
      if (connections.size > 0) return;
      clearInterval(timer);
      resolve(outcome);
    }
    const timer = setInterval(sweep, SWEEP_MS);
    sweep();
  });
}

export interface DrainOptions {
  /** An idle connection is kept for so long: its client may be sending just now. */
  readonly graceMs: number;
  /** What is left after so long is cut. */
  readonly deadlineMs: number;
}

/** Whether every request was answered, or some were cut at the deadline. */
export type DrainOutcome = 'clean' | 'forced';

/**
 * Whether an answer's head that was sent announced the end of its connection: what comes behind is not accepted.
 * `_last` is Node's own note of it, also where a handler set the header.
 */
export function announcedClose(response: ServerResponse): boolean {
  return response.headersSent && (!response.shouldKeepAlive || ('_last' in response && response._last === true));
}
