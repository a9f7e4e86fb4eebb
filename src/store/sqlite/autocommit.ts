import { deadlineExceeded, isExpired } from '../batch.js';
import { toRepoError } from './errors.js';
import type { Writes } from './writes.js';

/**
 * Writes to a database in memory, each at once: there is no disk to wait for, so joining them would save a microsecond
 * of some five and cost a turn of the event loop. All of a write happens in one synchronous stretch, which nothing
 * can come between.
 */
export function autocommitWrites(): Writes {
  return {
    async write(call, statement) {
      if (isExpired(call, performance.now())) {
        throw deadlineExceeded();
      }
      call.sent = true;
      try {
        return statement();
      } catch (error) {
        throw toRepoError(error);
      }
    },
    async drain() {},
  };
}
