import type { Middleware } from 'koa';
import { beginAtEndOfTurn } from '../../store/batching/turn.js';
import { problem } from '../problems.js';

export interface AdmissionOptions {
  readonly maxConcurrency: number;
  /** Routes that are always admitted, such as health checks. */
  readonly exempt: ReadonlySet<string>;
  readonly onShed: () => void;
}

/** Admits a request with a complete body, at once or from the queue, or sheds it with 503. Then it is in flight. */
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
  /** Up to this queue length no request is shed. */
  readonly minQueueLength?: number;
  /** In a longer queue, a request that waited longer than this is shed. */
  readonly maxQueueDelayMs?: number;
  /** The time for admitting requests before the event loop reads what else has arrived. */
  readonly sliceMs?: number;
  /** Slices get longer if other work takes longer, up to this limit. */
  readonly maxSliceMs?: number;
  readonly now?: () => number;
}

/** `admitted`: the request is in flight; `leave` must follow. `shed`: it waited too long. */
export type Verdict = 'admitted' | 'shed';

interface Waiting {
  readonly sinceMs: number;
  readonly decide: (verdict: Verdict) => void;
}

/** Fewer connections are no overload, even on a busy machine. */
const MIN_QUEUE_LENGTH = 256;
/** With the time of the work itself this stays well below 500 ms, after which impatient clients give up. */
const MAX_QUEUE_DELAY_MS = 250;
/** A sixth of a health check's 50 ms: it waits for a slice, a commit, and earlier requests. */
const SLICE_MS = 8;
/** If a commit waits 20 ms for its disk, it should contain many writes. */
const MAX_SLICE_MS = 25;

/**
 * The queue before the work. Requests are admitted in slices, between which the event loop reads what has arrived. So
 * health checks, which bypass the queue, wait for a slice or two, however long the queue is. If nothing is queued and
 * the event loop turn is short, a request waits only for the end of the turn.
 *
 * A connection has one request here at a time (see `connections.ts`), so none gets more than its share. A request that
 * waited too long is shed at its turn, not on arrival: shed clients have waited, so clients that retry at once cannot
 * use all the time for rejections. There is no overload state to recover from.
 */
export class AdmissionQueue {
  readonly #options: Required<AdmissionQueueOptions>;
  /** In order of arrival; those before `#head` are done. */
  #queue: Waiting[] = [];
  #head = 0;
  /** Admitted on arrival; they begin once all input is read. Not being objects in `#queue` saves a tenth of a get. */
  #ready: ((verdict: Verdict) => void)[] = [];
  /** How many of them have begun. */
  #begun = 0;
  #inFlight = 0;
  #isTurnScheduled = false;
  #turnBeganMs = 0;
  /** When the last slice ended with requests left, or null. */
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
   * Even without a queue a request begins only once all input is read: a get whose response is written together with
   * others costs two thirds of the CPU (docs/decisions/0020).
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

  leave(): void {
    this.#inFlight -= 1;
    if (this.#waiting > 0) this.#scheduleTurn();
  }

  /** A request that left is in flight again, without another wait. */
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

  /** Runs right after sockets are read, once an event loop turn while there are requests. */
  async #runSlice(): Promise<void> {
    const { now, sliceMs, maxSliceMs } = this.#options;
    const beganMs = now();
    const otherMs = this.#leftSinceMs === null ? 0 : beganMs - this.#leftSinceMs;
    const budgetMs = Math.max(sliceMs, Math.min(otherMs, maxSliceMs));
    while (this.#beginNext() || (this.#waiting > 0 && this.#decideNext(beganMs))) {
      // The request runs until its first wait; only then is the clock read.
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
    // Each request that leaves admits the next; if none does, waiting requests are shed in time.
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

  /** @returns whether a request was ready */
  #beginNext(): boolean {
    const begin = this.#ready[this.#begun];
    if (!begin) return false;
    this.#begun += 1;
    begin('admitted');
    return true;
  }

  /** @returns whether a request was decided */
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
