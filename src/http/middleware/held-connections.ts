import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that are not read for a while, because a request of theirs was refused. */
export interface HeldConnections {
  /**
   * Holds a connection whose request is being refused, unless it is about to close.
   *
   * @param socket - the connection
   * @param response - the refusal
   */
  add(socket: Socket, response: Pick<ServerResponse, 'writableFinished'>): void;
  /** To be called behind the turn of the event loop in which there was a call of `add`. */
  endTurn(): void;
  /** Reads all of them again, and holds no more: the service is about to close those that say nothing. */
  letGo(): void;
}

interface Refused {
  readonly socket: Socket;
  readonly response: Pick<ServerResponse, 'writableFinished'>;
}

/** The second that `Retry-After` asks for. */
const HOLD_MS = 1000;
/** Of the connections held together so many are read again together, the next so much of `holdMs` later. */
const RELEASED_TOGETHER = 16;
const RELEASE_SHARE = 0.02;
/** The last ones so much of `holdMs` after the first. */
const LATEST_SHARE = 0.8;

/**
 * Even a refusal costs a fifth of an answer, and clients that try again at once could take all the time there is for
 * refusals: not to read a connection costs nothing at all.
 *
 * @param options - `holdMs`: how long a connection is not read
 */
export function createHeldConnections({ holdMs = HOLD_MS }: { readonly holdMs?: number } = {}): HeldConnections {
  let isOpen = true;
  /** Refused just now: their answers may still be written. */
  let refused: Refused[] = [];
  let paused: Socket[] = [];
  const held = new Map<NodeJS.Timeout, readonly Socket[]>();

  /**
   * Not before the answer is written: when Node is done with a request it reads the connection on.
   *
   * @returns those whose answers are not
   */
  function pauseAnswered(): Refused[] {
    return refused.filter(({ socket, response }) => {
      if (!response.writableFinished) return true;
      if (!socket.destroyed && !socket.writableEnded) {
        socket.pause();
        paused.push(socket);
      }
      return false;
    });
  }

  /**
   * A few at a time: were all that were refused together read again together, all would be refused again, and a service
   * with nothing to do would turn everybody away once a second.
   */
  function releaseLater(): void {
    const all = paused;
    paused = [];
    for (let at = 0; at < all.length; at += RELEASED_TOGETHER) {
      const sockets = all.slice(at, at + RELEASED_TOGETHER);
      const delayMs = holdMs * (1 + Math.min((at / RELEASED_TOGETHER) * RELEASE_SHARE, LATEST_SHARE));
      const timer = setTimeout(() => {
        held.delete(timer);
        release(sockets);
      }, delayMs);
      held.set(timer, sockets);
    }
  }

  return {
    add(socket, response) {
      // Within the turn: as long as 1024 sockets are ready each time it asks, libuv reads on and on, and neither timers
      // nor new connections get their turn.
      refused = pauseAnswered();
      if (isOpen) refused.push({ socket, response });
    },
    endTurn() {
      pauseAnswered();
      // Who does not take its answer now sends nothing new either.
      refused = [];
      if (paused.length > 0) releaseLater();
    },
    letGo() {
      isOpen = false;
      refused = [];
      release(paused);
      paused = [];
      for (const [timer, sockets] of held) {
        clearTimeout(timer);
        release(sockets);
      }
      held.clear();
    },
  };
}

function release(sockets: readonly Socket[]): void {
  for (const socket of sockets) if (!socket.destroyed) socket.resume();
}
