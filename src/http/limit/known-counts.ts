import { GenerationMap } from './generations.js';
import type { Count } from './store.js';

/**
 * While this many requests remain, a client's hits are counted here and reported a little later: in the time a report
 * may take, no number of workers serves that many, so that the limit is held exactly and costs nothing while it is far.
 */
const FAR_FROM_LIMIT = 50_000;

/** How long a count is good enough for a client that is far from the limit. */
const FRESH_MS = 50;

interface Known {
  count: number;
  endsAtMs: number;
  freshUntilMs: number;
  unreported: number;
}

/**
 * What this process knows of clients that are counted elsewhere, so that it need not ask: those over the limit stay so
 * until their window ends, and those far from it may go on for a moment.
 */
export class KnownCounts {
  private readonly known: GenerationMap<Known>;
  private unreported = new Map<string, Known>();

  /**
   * @param max - requests allowed in a window
   * @param windowMs - its length
   * @param limitClients - clients remembered at most
   */
  constructor(
    private readonly max: number,
    windowMs: number,
    limitClients: number,
  ) {
    this.known = new GenerationMap(windowMs, limitClients);
  }

  get size(): number {
    return this.known.size;
  }

  /** Whether hits were counted here that were not taken to be reported. */
  get hasUnreported(): boolean {
    return this.unreported.size > 0;
  }

  /**
   * Counts a hit here, where that is certain to be right.
   *
   * @returns its count, or null where the place that counts for all must be asked
   */
  hit(key: string, nowMs: number): Count | null {
    const entry = this.known.get(key);
    if (entry === undefined || entry.endsAtMs <= nowMs) return null;
    if (entry.count < this.max) {
      if (nowMs >= entry.freshUntilMs || !this.isFar(entry.count)) return null;
      if (entry.unreported === 0) this.unreported.set(key, entry);
      entry.unreported += 1;
    }
    entry.count += 1;
    return { count: entry.count, resetMs: entry.endsAtMs - nowMs };
  }

  /** Notes what the place that counts for all said, where it spares later questions. */
  remember(key: string, { count, resetMs }: Count, nowMs: number): void {
    if (count < this.max && !this.isFar(count)) return;
    const endsAtMs = nowMs + resetMs;
    const freshUntilMs = nowMs + FRESH_MS;
    const entry = this.known.get(key);
    if (entry === undefined || entry.endsAtMs <= nowMs) {
      this.known.set(key, { count, endsAtMs, freshUntilMs, unreported: 0 }, nowMs);
      return;
    }
    entry.count = count + entry.unreported;
    entry.endsAtMs = endsAtMs;
    entry.freshUntilMs = freshUntilMs;
  }

  /** The hits counted here since the last call, by client. Those of windows that are over concern nobody any more. */
  takeUnreported(nowMs: number): [key: string, hits: number][] {
    const taken: [string, number][] = [];
    for (const [key, entry] of this.unreported) {
      if (entry.endsAtMs > nowMs) taken.push([key, entry.unreported]);
      entry.unreported = 0;
    }
    this.unreported = new Map();
    return taken;
  }

  private isFar(count: number): boolean {
    return this.max - count >= FAR_FROM_LIMIT;
  }
}
