import { beginAtEndOfTurn } from '../../scheduling/turn.js';

export interface AdmissionQueueOptions {
  /** Up to this queue length no request is late. */
  readonly minQueueLength?: number;
  /** In a longer queue, a request that waited longer than this is late. */
  readonly maxQueueDelayMs?: number;
  /** The time for starting requests before the event loop reads what else has arrived. */
  readonly sliceMs?: number;
  readonly now?: () => number;
}

/** Starts a request, or continues it. @param isLate - it waited too long, and is to be shed */
type Begin = (isLate: boolean, waitedMs: number) => void;

/** Fewer connections are no overload, even on a busy machine. */
const MIN_QUEUE_LENGTH = 256;
/** Together with the work itself this is well below 500 ms, after which impatient clients give up. */
export const MAX_QUEUE_DELAY_MS = 250;
/** A sixth of the 50 ms that a health check may take: it waits for a slice, a commit, and earlier requests. */
const SLICE_MS = 8;
/** With 16 gets that begin together, each takes a fifth less CPU; more gain nothing (docs/decisions/0020). */
const TOGETHER_LIMIT = 16;
/** If none has connected for this long, no more are expected (docs/decisions/0020). */
const BURST_PAUSE_MS = 3;

/**
 * Requests that have arrived and wait to begin. They begin in slices, between which the event loop reads what has
 * arrived. So health checks, which bypass the queue, wait for a slice or two, however long the queue is. If nothing is
 * queued and the event loop turn is short, a request waits only for the end of the turn.
 *
 * A connection has one request here at a time (see `connections.ts`), so none gets more than its share. Whether a request
 * is late is decided at its turn, not on arrival. So shed clients have waited, and clients that retry at once cannot use
 * all the time for rejections. There is no overload state to recover from.
 */
export class AdmissionQueue {
  readonly #options: Required<AdmissionQueueOptions>;
  /** In order of arrival; those before `#head` have begun. */
  #waiting: Begin[] = [];
  #sinceMs: number[] = [];
  #head = 0;
  #isScheduled = false;
  /** The number that begin together: by the time of the last group, as many as fit into a quarter of a slice. */
  #together = 1;
  #connectedMs = Number.NEGATIVE_INFINITY;
  /** When the last slice ended. */
  #endedMs = 0;

  constructor(options: AdmissionQueueOptions = {}) {
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
  enqueue(begin: Begin): void {
    this.#waiting.push(begin);
    this.#sinceMs.push(this.#options.now());
    this.#schedule();
  }

  /** A client has connected. */
  noteConnection(): void {
    this.#connectedMs = this.#options.now();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    beginAtEndOfTurn(() => this.#runSlice());
  }

  /** Runs right after sockets are read, once an event loop turn while there are requests. */
  async #runSlice(): Promise<void> {
    const { now, sliceMs, minQueueLength, maxQueueDelayMs } = this.#options;
    // From here on, a callback of nextTick runs after all promise callbacks.
    await null;
    const beganMs = now();
    let endedMs = beganMs;
    while (this.#head < this.#waiting.length && endedMs - beganMs <= sliceMs) {
      const groupMs = endedMs;
      const together = Math.min(this.#together, this.#waiting.length - this.#head);
      for (const begin of this.#waiting.slice(this.#head, this.#head + together)) {
        const waitedMs = beganMs - (this.#sinceMs[this.#head] ?? beganMs);
        const isLate = waitedMs >= maxQueueDelayMs && this.#waiting.length - this.#head > minQueueLength;
        this.#head += 1;
        begin(isLate, waitedMs);
      }
      // The requests run until nothing is left for them to do in this turn; only then is the clock read.
      await new Promise(process.nextTick);
      endedMs = now();
      const fitting = Math.floor((together * sliceMs) / 4 / (endedMs - groupMs));
      this.#together = Math.max(1, Math.min(fitting, 2 * this.#together, TOGETHER_LIMIT));
    }
    this.#waiting = this.#waiting.slice(this.#head);
    this.#sinceMs = this.#sinceMs.slice(this.#head);
    this.#head = 0;
    const isBurst = this.#connectedMs > this.#endedMs;
    this.#endedMs = endedMs;
    this.#rest(isBurst ? 2 * endedMs - beganMs : endedMs);
  }

  /**
   * While clients connect, lets event loop turns pass before the next slice, for no longer than the last slice took. Node
   * accepts one connection per turn: otherwise a few clients would keep new ones out.
   */
  #rest(untilMs: number): void {
    const nowMs = this.#options.now();
    const hasQuietened = nowMs - Math.max(this.#connectedMs, this.#endedMs) > BURST_PAUSE_MS;
    if (this.#waiting.length > 0 && nowMs < untilMs && !hasQuietened) {
      setTimeout(() => this.#rest(untilMs), 1);
      return;
    }
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }
}
