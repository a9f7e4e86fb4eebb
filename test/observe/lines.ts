import type { LogSink } from '../../src/observe/sink.js';

/** A sink that keeps its lines for a test. */
export function createLinesSink(): LogSink & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    write: (text) => void lines.push(...text.split('\n')),
    flush: () => Promise.resolve(),
    flushSync() {},
  };
}
