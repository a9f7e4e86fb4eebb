import type { Middleware } from 'koa';
import { beginAtEndOfTurn } from '../../store/batching/turn.js';
import { problem } from '../problems.js';

export interface AdmissionOptions {
  readonly maxConcurrency: number;
  /** Routes that are always admitted: a probe that waits says nothing of what it probes. */
  readonly exempt: ReadonlySet<string>;
  readonly onShed: () => void;
}

/**
 * Admits a request whose body is complete: at once, or when it is its turn. What there is no time for is shed with 503. From
 * here to its response it is in flight.
 */
export function admission({ maxConcurrency, exempt, onShed }: AdmissionOptions): Middleware {
  const queue = new AdmissionQueue({ maxInFlight: maxConcurrency });
  const onIdle = (isIdle: boolean) => (isIdle ? queue.leave() : queue.resume());

  return async function admission(ctx, next) {
    const { call } = ctx;
    if (exempt.has(call.route)) return next();
    call.phase = 'waiting';
    if ((await queue.admit()) === 'shed') {
      onShed();
      ctx.reply = problem('overloaded', 'Too many requests are in flight here; nothing was changed. Try again later.');
      return;
    }
    call.onIdle = onIdle;
    try {
      if (!call.isOver) await next();
    } finally {
      queue.leave();
    }
  };
}

export interface AdmissionQueueOptions {
  readonly maxInFlight: number;
  /** However long they wait, this number of requests is never too many. */
  readonly minQueueLength?: number;
  /** In a queue longer than `minQueueLength`, a request that waited longer than this is shed, ms. */
  readonly maxQueueDelayMs?: number;
  /** How long requests are admitted before whatever else has arrived is read, ms. */
  readonly sliceMs?: number;
  /** Slices are longer where other things take longer, but never longer than this, ms. */
  readonly maxSliceMs?: number;
  /** Monotonic time, ms. */
  readonly now?: () => number;
}

/**
 * - `admitted`: the request is in flight; `leave` must follow.
 * - `shed`: there is no time for it.
 */
export type Verdict = 'admitted' | 'shed';

interface Waiting {
  readonly sinceMs: number;
  readonly decide: (verdict: Verdict) => void;
}

/** Fewer connections are no flood, even on a busy machine. */
const MIN_QUEUE_LENGTH = 256;
/** With the time of the work itself, well below the half second that an impatient client waits. */
const MAX_QUEUE_DELAY_MS = 250;
/** A sixth of the 50 ms in which a probe should be responded to: it waits for a slice, a commit, and what came before it. */
const SLICE_MS = 8;
/** Where a commit waits 20 ms for its disk, it should be a commit of many. */
const MAX_SLICE_MS = 25;

/**
 * The queue in front of the work. Requests are admitted in slices, between which the event loop reads what has arrived: so
 * probes, which do not queue, get their response within a slice or two however much waits. A request does not
 * wait for more than the end of its turn as long as nobody else waits and the turn of the event loop was short.
 *
 * A connection has one request here at a time (see `connections.ts`), so none has more than its share. What waited too long
 * is shed when its turn comes, not when it arrives: a client that is shed has waited, so that those that try again at once
 * cannot take all the time there is for rejections. There is no state to recover from: the queue is empty, or it is not.
 */
export class AdmissionQueue {
  readonly #options: Required<AdmissionQueueOptions>;
  /** In order of arrival; those before `#head` had their turn. */
  #queue: Waiting[] = [];
  #head = 0;
  /**
   * Admitted when they arrived; they begin once everything that has arrived is read. That they are no objects in `#queue` saves a
   * tenth of a get.
   */
  #ready: ((verdict: Verdict) => void)[] = [];
  /** The number of them that have begun. */
  #begun = 0;
  #inFlight = 0;
  #isTurnScheduled = false;
  #turnBeganMs = 0;
  /** When the last slice ended with requests left; null if none were. */
  #leftSinceMs: number | null = null;
  #expiry: NodeJS.Timeout | null = null;

  constructor(options: AdmissionQueueOptions) {
    this.#options = {
      minQueueLength: MIN_QUEUE_LENGTH,
      maxQueueDelayMs: MAX_QUEUE_DELAY_MS,
      sliceMs: SLICE_MS,
      maxSliceMs: MAX_SLICE_MS,
      now: () => performance.now(),
      ...options,
    };
  }

  /**
   * Decides about a request. One that need not wait still begins only once everything that has arrived is read: a get whose
   * response is written together with others costs two thirds of the CPU (docs/decisions/0020).
   */
  admit(): Promise<Verdict> {
    const nowMs = this.#options.now();
    if (!this.#isTurnScheduled) this.#turnBeganMs = nowMs;
    this.#scheduleTurn();
    const { sliceMs, minQueueLength } = this.#options;
    const isBehind = this.#waiting > 0 || this.#leftSinceMs !== null || this.#ready.length >= minQueueLength;
    if (!isBehind && !this.#isFull && nowMs - this.#turnBeganMs <= sliceMs) {
      this.#inFlight += 1;
      return new Promise((begin) => this.#ready.push(begin));
    }
    return new Promise((decide) => this.#queue.push({ sinceMs: nowMs, decide }));
  }

  /** An admitted request is not in flight any more. */
  leave(): void {
    this.#inFlight -= 1;
    if (this.#waiting > 0) this.#scheduleTurn();
  }

  /** A request that left is in flight again: it was admitted before, and does not wait again. */
  resume(): void {
    this.#inFlight += 1;
  }

  get #isFull(): boolean {
    return this.#inFlight >= this.#options.maxInFlight;
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    beginAtEndOfTurn(() => this.#runSlice());
  }

  /** Runs right after the phase in which sockets are read, once a turn of the event loop while there are requests. */
  async #runSlice(): Promise<void> {
    const { now, sliceMs, maxSliceMs } = this.#options;
    const beganMs = now();
    const otherMs = this.#leftSinceMs === null ? 0 : beganMs - this.#leftSinceMs;
    const budgetMs = Math.max(sliceMs, Math.min(otherMs, maxSliceMs));
    while (this.#beginNext() || (this.#waiting > 0 && this.#decideNext(beganMs))) {
      // It runs until it waits for something; only then is the clock read.
      await null;
      if (now() - beganMs > budgetMs) break;
    }
    this.#ready = this.#ready.slice(this.#begun);
    this.#begun = 0;
    const isLeft = this.#waiting > 0 || this.#ready.length > 0;
    this.#leftSinceMs = isLeft ? now() : null;
    this.#isTurnScheduled = false;
    if (!isLeft) return;
    if (!this.#isFull || this.#ready.length > 0) this.#scheduleTurn();
    // Every request that leaves makes room; if none does, waiting requests are shed in time.
    else this.#expiry ??= setTimeout(() => this.#expire(), this.#nextExpiryMs()).unref();
  }

  #nextExpiryMs(): number {
    const { now, maxQueueDelayMs } = this.#options;
    const nowMs = now();
    return Math.max(1, (this.#queue[this.#head]?.sinceMs ?? nowMs) + maxQueueDelayMs - nowMs);
  }

  #expire(): void {
    this.#expiry = null;
    if (this.#waiting > 0) this.#scheduleTurn();
  }

  /** @returns whether there was one that is ready */
  #beginNext(): boolean {
    const begin = this.#ready[this.#begun];
    if (!begin) return false;
    this.#begun += 1;
    begin('admitted');
    return true;
  }

  /** @returns whether anything could be decided */
  #decideNext(nowMs: number): boolean {
    const { minQueueLength, maxQueueDelayMs } = this.#options;
    const next = this.#queue[this.#head];
    if (!next) return false;
    const isLate = nowMs - next.sinceMs >= maxQueueDelayMs && (this.#isFull || this.#waiting > minQueueLength);
    if (this.#isFull && !isLate) return false;
    this.#head += 1;
    if (this.#head >= 64 && this.#head >= this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (!isLate) this.#inFlight += 1;
    next.decide(isLate ? 'shed' : 'admitted');
    return true;
  }
}
