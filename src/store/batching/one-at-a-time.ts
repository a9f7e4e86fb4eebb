import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchItem, deadlineExceeded, isExpired } from './batch.js';

/**
 * A queue of long reads: they run one after another, and between two of them everybody else is served. So they take a share
 * of the process, however many there are.
 *
 * @returns runs a read when it is its turn, unless its call has expired by then
 */
export function oneAtATime(): <T>(call: BatchItem['call'], read: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (call, read) => {
    const result = last.then(() => {
      if (isExpired(call, performance.now())) throw deadlineExceeded();
      return read();
    });
    last = result.then(nextTurn, nextTurn);
    return result;
  };
}
