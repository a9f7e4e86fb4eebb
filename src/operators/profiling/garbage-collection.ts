import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

const KINDS = new Map<unknown, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak_callbacks'],
]);

/** What the garbage collector did in an interval. */
export interface GarbageCollection {
  readonly count: number;
  readonly total_ms: number;
  readonly longest_ms: number;
  readonly count_by_kind: Readonly<Record<string, number>>;
}

/**
 * Watches the garbage collector from now on.
 *
 * @returns `stop` ends it and tells what was seen
 */
export function watchGarbageCollection(): { stop(): GarbageCollection } {
  const entries: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return {
    stop() {
      entries.push(...observer.takeRecords());
      observer.disconnect();
      return sumUp(entries);
    },
  };
}

function sumUp(entries: readonly PerformanceEntry[]): GarbageCollection {
  const countByKind: Record<string, number> = {};
  let totalMs = 0;
  let longestMs = 0;
  for (const entry of entries) {
    const { duration } = entry;
    const kind = kindOf(entry);
    countByKind[kind] = (countByKind[kind] ?? 0) + 1;
    totalMs += duration;
    longestMs = Math.max(longestMs, duration);
  }
  return { count: entries.length, total_ms: totalMs, longest_ms: longestMs, count_by_kind: countByKind };
}

/** Node's type of an entry leaves its detail out. */
function kindOf(entry: PerformanceEntry & { readonly detail?: { readonly kind?: unknown } | null }): string {
  return KINDS.get(entry.detail?.kind) ?? 'other';
}
