import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchItem, deadlineExceeded, isExpired } from './batch.js';

/**
 * A queue of long reads: they run one after another, and between two of them everybody else is served. Where others wait, a
 * pause as long as the last read follows. So they take at most half of the process, however many there are.
 *
 * @returns runs a read when it is its turn, unless its call has expired by then
 */
export function oneAtATime(): <T>(call: BatchItem['call'], read: () => T | Promise<T>) => Promise<T> {
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
