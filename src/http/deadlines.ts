/** What a deadline list keeps in an entry: its links, so that watching allocates nothing. */
export interface DeadlineEntry<Entry> {
  /** Monotonic time (`performance.now()`, ms). */
  readonly deadline: number;
  /** Null while the entry is not watched, and at the ends of the list. Only the list sets it. */
  previous: Entry | null;
  next: Entry | null;
}

export interface Deadlines<Entry> {
  /** Watches an entry until its deadline, or until `unwatch`. */
  watch(entry: Entry): void;
  /** Stops watching. An entry that is not watched is left alone. */
  unwatch(entry: Entry): void;
  /** How many are watched. */
  readonly size: number;
  /** Forgets all entries, and stops the timer. */
  close(): void;
}

export interface DeadlinesOptions<Entry> {
  /** Called once for an entry that is due, which is watched no longer. */
  readonly onDeadline: (entry: Entry) => void;
  /** The list is looked at no more often than this, so that entries that are due close together share a timer. */
  readonly tickMs?: number;
}

/**
 * One timer for the deadlines of all requests, instead of one each. Every entry gets the same time, so that the first
 * watched is the first due and the list is in order by itself: watching and unwatching cost a few assignments.
 *
 * The timer is set for the oldest entry's deadline and not moved when that entry is unwatched: when it fires it looks
 * for the oldest that is left, and is not set again where there is none. It does not keep the process alive.
 *
 * @param options - see `DeadlinesOptions`
 */
export function createDeadlines<Entry extends DeadlineEntry<Entry>>({
  onDeadline,
  tickMs = 20,
}: DeadlinesOptions<Entry>): Deadlines<Entry> {
  let oldest: Entry | null = null;
  let newest: Entry | null = null;
  let size = 0;
  let timer: NodeJS.Timeout | null = null;

  function watch(entry: Entry): void {
    entry.previous = newest;
    entry.next = null;
    if (newest === null) oldest = entry;
    else newest.next = entry;
    newest = entry;
    size += 1;
    if (timer === null) setTimer(entry.deadline - performance.now());
  }

  function unwatch(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === null && entry !== oldest) return;
    if (previous === null) oldest = next;
    else previous.next = next;
    if (next === null) newest = previous;
    else next.previous = previous;
    entry.previous = null;
    entry.next = null;
    size -= 1;
  }

  function setTimer(delayMs: number): void {
    timer = setTimeout(expire, Math.max(tickMs, Math.ceil(delayMs))).unref();
  }

  function expire(): void {
    timer = null;
    const nowMs = performance.now();
    try {
      while (oldest !== null && oldest.deadline <= nowMs) {
        const due = oldest;
        unwatch(due);
        onDeadline(due);
      }
    } finally {
      // Also where a listener threw: the others keep their deadlines.
      if (oldest !== null && timer === null) setTimer(oldest.deadline - nowMs);
    }
  }

  return {
    watch,
    unwatch,
    get size() {
      return size;
    },
    close() {
      while (oldest !== null) unwatch(oldest);
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
