export interface BatchSizeOptions {
  /** So many at the most. */
  readonly most: number;
  /** How long a batch should take at the most, ms. */
  readonly targetMs: number;
  /** Monotonic time, ms. */
  readonly now?: () => number;
}

/** How many may share a batch. */
export interface BatchSize {
  readonly limit: number;
  /**
   * @param size - of a batch that is done
   * @param tookMs - how long it took
   */
  note(size: number, tookMs: number): void;
}

/** However slow the database is, so many may share a batch. */
const LEAST = 8;
/** A batch of half the size that still takes so much of the time is no help. */
const NO_HELP_SHARE = 0.75;
/** Smaller batches that were no help are not tried again for so long, ms. */
const PAUSE_MS = 10_000;

/**
 * Keeps batches short where each item costs the database its own time: who joins a batch of a hundred items that take
 * five milliseconds each waits for half a second, and gets nothing for it. While batches are quick they are as large as
 * they may be. Full batches that take longer than the target are halved, and grow again once twice as many would do. Where half
 * as many take about as long, it is not the items that cost the time, and the size is left as it was.
 *
 * @param options - see `BatchSizeOptions`
 */
export function createBatchSize({ most, targetMs, now = () => performance.now() }: BatchSizeOptions): BatchSize {
  let limit = most;
  /** The last full batch that took too long. */
  let long: { readonly size: number; readonly tookMs: number } | null = null;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  function halve(size: number, tookMs: number): void {
    const isNoHelp = long !== null && size < long.size && tookMs > long.tookMs * NO_HELP_SHARE;
    if (isNoHelp) {
      limit = most;
      long = null;
      pausedUntilMs = now() + PAUSE_MS;
    } else if (now() >= pausedUntilMs) {
      long = { size, tookMs };
      limit = Math.max(Math.min(LEAST, most), size >> 1);
    }
  }

  return {
    get limit() {
      return limit;
    },
    note(size, tookMs) {
      if (size < limit) return;
      if (tookMs > targetMs) halve(size, tookMs);
      else if (tookMs * 2 <= targetMs) {
        limit = Math.min(most, limit * 2);
        long = null;
      }
    },
  };
}
