import type { Socket } from 'node:net';

export interface OverloadOptions {
  /** How long one turn of the event loop may take new requests while there is congestion, ms. */
  readonly targetMs?: number;
  /** So many requests of a turn, with those whose connections are held back, are let in however long it takes. */
  readonly leastRequests?: number;
  /** Turns longer than the target for so long are congestion; a burst is over sooner. ms. */
  readonly intervalMs?: number;
  /** Congestion is over when no turn was longer than the target for so long, ms. */
  readonly calmMs?: number;
  /** The connection of a request that was refused is not read for so long, ms. */
  readonly holdMs?: number;
  /** Monotonic time, ms. */
  readonly now?: () => number;
}

/** Decides which requests there is time for. */
export interface OverloadGuard {
  /**
   * Whether a request is let in. To be called once for each, when it has arrived.
   *
   * @param nowMs - monotonic time
   */
  admits(nowMs: number): boolean;
  /** Puts off reading from the connection of a request that was refused; of every second one in a turn. */
  holdBack(socket: Socket): void;
  /** Whether only what fits into a short turn is let in. */
  readonly isCongested: boolean;
  /** Reads all connections again, and holds back no more: the service is about to close those that say nothing. */
  letGo(): void;
}

/**
 * A quarter of the 50 ms in which a health check should be answered: one that comes at the beginning of a turn waits for its
 * end, and then for those that were read before it, and refusals take time as well.
 */
const TARGET_MS = 12;
/**
 * Fewer connections than this are no flood, even where a busy neighbour on the machine makes every turn long: their
 * clients do better with answers that are slow.
 */
const LEAST_REQUESTS = 256;
/** Those held back are of that number. So many are let in all the same, in a turn that other work has made long, say. */
const LEAST_BESIDE_HELD = 16;
const INTERVAL_MS = 100;
/** Longer than connections are held back, whose clients come again together. */
const CALM_MS = 2000;
/** The second that `Retry-After` asks for. */
const HOLD_MS = 1000;
/** Of the connections held back together so many are read again together, the next so much of `holdMs` later. */
const RELEASED_TOGETHER = 16;
const RELEASE_SHARE = 0.02;
/** One turn that takes very long is a pause, of the garbage collector say, and no congestion. */
const LONG_TURNS = 3;

/**
 * Keeps the queue short where it really is. Requests are handled one after another in the turn of the event loop in
 * which they were read, so that those that wait are in the buffers of their sockets, unseen, and what can be measured is
 * how long a turn takes. Where turns stay longer than the target for an interval, a queue stands, and then a turn takes
 * new requests for no longer than the target; the rest of them is refused at the cost of a head and an error. Until
 * then a turn takes them for an interval, so that bursts are served. This is CoDel's idea (RFC 8289), a standing queue
 * rather than a long one, in the simple form of Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
 *
 * Even a refusal costs a fifth of an answer, and clients that try again at once could take all the time there is for
 * refusals: every second connection whose request was refused is therefore not read for a while, which costs nothing at all.
 *
 * @param options - see `OverloadOptions`
 */
export function createOverloadGuard({
  targetMs = TARGET_MS,
  leastRequests = LEAST_REQUESTS,
  intervalMs = INTERVAL_MS,
  calmMs = CALM_MS,
  holdMs = HOLD_MS,
  now = () => performance.now(),
}: OverloadOptions = {}): OverloadGuard {
  /** When the turn began in which requests are now read; meaningless while none was seen for a turn. */
  let turnBeganMs = 0;
  let isWatching = false;
  let requestsOfTurn = 0;
  let refusedOfTurn = 0;
  let longTurns = 0;
  let longSinceMs = 0;
  let lastLongMs = 0;
  let isCongested = false;
  let holdsBack = true;
  /** Refused just now: its answer is being written. */
  let refused: Socket | null = null;
  let paused: Socket[] = [];
  const held = new Map<NodeJS.Timeout, readonly Socket[]>();
  /** The connections in `held`. */
  let heldCount = 0;

  /**
   * Runs right behind the phase in which sockets are read, once a turn while there are requests: the time between two
   * runs is a whole turn, with the writes that are executed in it.
   */
  function endTurn(): void {
    const nowMs = now();
    pauseRefused();
    if (paused.length > 0) releaseLater();
    // Those that are held back would be here too: that it is quiet without them does not make it less of a flood.
    const isFlood = requestsOfTurn + heldCount > leastRequests;
    if (isFlood && nowMs - turnBeganMs > targetMs) noteLongTurn(nowMs);
    else {
      longTurns = 0;
      if (isCongested && nowMs - lastLongMs > calmMs) isCongested = false;
    }
    turnBeganMs = nowMs;
    isWatching = requestsOfTurn > 0;
    requestsOfTurn = 0;
    refusedOfTurn = 0;
    if (isWatching) setImmediate(endTurn);
  }

  function noteLongTurn(nowMs: number): void {
    if (longTurns === 0) longSinceMs = turnBeganMs;
    longTurns += 1;
    lastLongMs = nowMs;
    if (longTurns >= LONG_TURNS && nowMs - longSinceMs >= intervalMs) isCongested = true;
  }

  /** Not at once: when Node is done with a request it reads the connection on, by which time another one is here. */
  function pauseRefused(): void {
    if (refused === null) return;
    refused.pause();
    paused.push(refused);
    refused = null;
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
      const delayMs = holdMs * (1 + (at / RELEASED_TOGETHER) * RELEASE_SHARE);
      const timer = setTimeout(() => {
        held.delete(timer);
        heldCount -= sockets.length;
        release(sockets);
      }, delayMs);
      held.set(timer, sockets);
      heldCount += sockets.length;
    }
  }

  return {
    admits(nowMs) {
      requestsOfTurn += 1;
      if (!isWatching) {
        isWatching = true;
        turnBeganMs = nowMs;
        setImmediate(endTurn);
      }
      const least = Math.max(leastRequests - heldCount, Math.min(leastRequests, LEAST_BESIDE_HELD));
      return requestsOfTurn <= least || nowMs - turnBeganMs <= (isCongested ? targetMs : intervalMs);
    },
    holdBack(socket) {
      // Within the turn: as long as 1024 sockets are ready each time it asks, libuv reads on and on, and neither timers
      // nor new connections get their turn.
      pauseRefused();
      // Every second one: after a pause, or in such a turn, all there are would be held back, and there would be nothing to do
      // until they are read again.
      refusedOfTurn += 1;
      if (holdsBack && refusedOfTurn % 2 === 1) refused = socket;
    },
    get isCongested() {
      return isCongested;
    },
    letGo() {
      holdsBack = false;
      refused = null;
      release(paused);
      paused = [];
      for (const [timer, sockets] of held) {
        clearTimeout(timer);
        release(sockets);
      }
      held.clear();
      heldCount = 0;
    },
  };
}

function release(sockets: readonly Socket[]): void {
  for (const socket of sockets) if (!socket.destroyed) socket.resume();
}
