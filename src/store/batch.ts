import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { sendAtEndOfTurn } from '../scheduling/turn.js';
import { type Call, StoreError } from './types.js';

/** An item of a batch, and the call that waits for it. */
export interface BatchItem {
  readonly call?: Waits;
}

/** The part of a call that says whether its client still waits. */
export type Waits = Pick<Call, 'deadline' | 'abandoned'>;

export interface BatcherOptions<Item, Result> {
  /**
   * Resolves with one result for each item, in order. An `Error` among them rejects its item; a rejection rejects all.
   */
  readonly flush: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
  /** The maximum number of batches in flight. Items that arrive meanwhile form the next batches. */
  readonly inFlightLimit: number;
  readonly batchLimit: number;
  /** Whether the next batch is sent before callers get their results, so that the database is not idle. */
  readonly sendsNextFirst?: boolean;
  /** The maximum queue length. Further items are rejected as `overloaded`. */
  readonly queueLimit: number;
  /** In a longer queue, items that have waited for `maxWaitMs` are rejected as `overloaded`, oldest first. */
  readonly minQueueLength?: number;
  readonly maxWaitMs?: number;
  /** Called after each batch, with its size and duration (seconds). */
  readonly onBatch?: (size: number, durationSeconds: number) => void;
}

/** Together with the work itself this is well below 500 ms, after which impatient clients give up. */
const MAX_WAIT_MS = 150;

interface Entry<Item, Result> {
  readonly item: Item;
  readonly sinceMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** Whether the call was abandoned or its deadline has passed. */
export function isExpired(call: Waits | undefined, now: number): boolean {
  return call !== undefined && (call.abandoned || now >= call.deadline);
}

export function deadlineExceeded(): StoreError {
  return new StoreError('deadline_exceeded', 'the caller stopped waiting before the call was sent');
}

function overloaded(): StoreError {
  return new StoreError('overloaded', 'the database is overloaded: too many calls wait for it');
}

/** Joins items into one `flush` at the end of the event loop turn. A single request waits for no timer. */
export class Batcher<Item extends BatchItem, Result> {
  #queue: Entry<Item, Result>[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  /**
   * Queues an item for the next batch.
   *
   * @throws StoreError `overloaded` if the queue is full or the wait was too long, `deadline_exceeded` if the call
   *   expired in the queue; otherwise the item's error from `flush`
   */
  add(item: Item): Promise<Result> {
    if (this.#queue.length >= this.options.queueLimit) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, sinceMs: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing is queued or in flight. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#inFlight > 0) await delay(1);
  }

  #schedule(): void {
    if (!this.#scheduled && this.#inFlight < this.options.inFlightLimit) {
      this.#scheduled = true;
      sendAtEndOfTurn(this.#start);
    }
  }

  readonly #start = (): void => {
    this.#scheduled = false;
    while (this.#queue.length > 0 && this.#inFlight < this.options.inFlightLimit) {
      const batch = this.#take();
      if (batch.length === 0) break;
      this.#inFlight += 1;
      void this.#flush(batch);
    }
  };

  /** Takes the next batch in order of arrival, and rejects expired items and those that waited too long. */
  #take(): Entry<Item, Result>[] {
    const { batchLimit, minQueueLength = Number.POSITIVE_INFINITY, maxWaitMs = MAX_WAIT_MS } = this.options;
    const now = performance.now();
    const batch: Entry<Item, Result>[] = [];
    let seen = 0;
    for (const entry of this.#queue) {
      if (batch.length === batchLimit) break;
      const isSurplus = this.#queue.length - seen > minQueueLength;
      seen += 1;
      if (isExpired(entry.item.call, now)) entry.reject(deadlineExceeded());
      else if (isSurplus && now - entry.sinceMs > maxWaitMs) entry.reject(overloaded());
      else batch.push(entry);
    }
    this.#queue = this.#queue.slice(seen);
    return batch;
  }

  async #flush(batch: readonly Entry<Item, Result>[]): Promise<void> {
    const { onBatch, sendsNextFirst = false } = this.options;
    const startedMs = performance.now();
    let results: readonly (Result | Error)[];
    try {
      results = await this.options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new StoreError('broken', `a batch of ${batch.length} got ${results.length} results`);
      }
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      results = batch.map(() => failure);
    }
    const tookMs = performance.now() - startedMs;
    this.#inFlight -= 1;
    if (this.#queue.length > 0 && sendsNextFirst) {
      this.#start();
      // nextTick callbacks run after all promise callbacks, so the batch has been sent by then.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    for (const [index, result] of results.entries()) {
      if (result instanceof Error) batch[index]?.reject(result);
      else batch[index]?.resolve(result);
    }
    if (this.#queue.length > 0) this.#schedule();
    onBatch?.(batch.length, tookMs / 1000);
  }
}

/**
 * Runs long reads one at a time and serves other requests in between. If others wait, it pauses for as long as the last
 * read took, so that long reads take at most half of the process. Expired calls are not run.
 */
export function oneAtATime(): <T>(call: Waits, read: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return (call, read) => {
    waiting += 1;
    let beganMs = performance.now();
    const result = last.then(() => {
      waiting -= 1;
      beganMs = performance.now();
      if (isExpired(call, beganMs)) throw deadlineExceeded();
      return read();
    });
    const pause = () => (waiting > 0 ? delay(performance.now() - beganMs) : nextTurn());
    last = result.then(pause, pause);
    return result;
  };
}
