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
  readonly now?: () => number;
}

/** `admitted`: the request is in flight; `leave` must follow. `shed`: it waited too long. */
export type Verdict = 'admitted' | 'shed';

/** Fewer connections are no overload, even on a busy machine. */
const MIN_QUEUE_LENGTH = 256;
/** With the time of the work itself this stays well below 500 ms, after which impatient clients give up. */
const MAX_QUEUE_DELAY_MS = 250;
/** A sixth of a health check's 50 ms: it waits for a slice, a commit, and earlier requests. */
const SLICE_MS = 8;

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
  /** Waiting requests in order of arrival; those before `#head` are decided. An object for each would cost a tenth of a get. */
  #waiting: ((verdict: Verdict) => void)[] = [];
  #sinceMs: number[] = [];
  #head = 0;
  #inFlight = 0;
  #isTurnScheduled = false;
  #expiry: NodeJS.Timeout | null = null;

  constructor(options: AdmissionQueueOptions) {
    this.#options = {
      minQueueLength: MIN_QUEUE_LENGTH,
      maxQueueDelayMs: MAX_QUEUE_DELAY_MS,
      sliceMs: SLICE_MS,
      now: () => performance.now(),
      ...options,
    };
  }

  /**
   * Even without a queue a request begins only once all input is read: a get whose response is written together with
   * others costs two thirds of the CPU (docs/decisions/0020).
   */
  admit(): Promise<Verdict> {
    this.#scheduleTurn();
    this.#sinceMs.push(this.#options.now());
    return new Promise((decide) => this.#waiting.push(decide));
  }

  leave(): void {
    this.#inFlight -= 1;
    if (this.#waiting.length > 0) this.#scheduleTurn();
  }

  /** A request that left is in flight again, without another wait. */
  resume(): void {
    this.#inFlight += 1;
  }

  get #isFull(): boolean {
    return this.#inFlight >= this.#options.maxInFlight;
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    beginAtEndOfTurn(() => this.#runSlice());
  }

  /** Runs right after sockets are read, once an event loop turn while there are requests. */
  async #runSlice(): Promise<void> {
    const { now, sliceMs, maxQueueDelayMs } = this.#options;
    const beganMs = now();
    while (this.#decideNext(beganMs)) {
      // The request runs until its first wait; only then is the clock read.
      await null;
      if (now() - beganMs > sliceMs) break;
    }
    this.#waiting = this.#waiting.slice(this.#head);
    this.#sinceMs = this.#sinceMs.slice(this.#head);
    this.#head = 0;
    this.#isTurnScheduled = false;
    if (this.#waiting.length === 0) return;
    if (!this.#isFull) this.#scheduleTurn();
    // Each request that leaves admits the next; if none does, waiting requests are shed in time.
    else {
      const inMs = (this.#sinceMs[0] ?? 0) + maxQueueDelayMs - now();
      this.#expiry ??= setTimeout(() => this.#expire(), Math.max(1, inMs)).unref();
    }
  }

  #expire(): void {
    this.#expiry = null;
    if (this.#waiting.length > 0) this.#scheduleTurn();
  }

  /** @returns whether a request was decided */
  #decideNext(nowMs: number): boolean {
    const { minQueueLength, maxQueueDelayMs } = this.#options;
    const decide = this.#waiting[this.#head];
    if (!decide) return false;
    const waitedMs = nowMs - (this.#sinceMs[this.#head] ?? nowMs);
    const isLate = waitedMs >= maxQueueDelayMs && (this.#isFull || this.#waiting.length - this.#head > minQueueLength);
    if (this.#isFull && !isLate) return false;
    this.#head += 1;
    if (!isLate) this.#inFlight += 1;
    decide(isLate ? 'shed' : 'admitted');
    return true;
  }
}
