import type { Middleware } from 'koa';
import type { RequestContext } from '../context.js';
import { createDeadlines } from '../deadlines.js';
import { DeadlineError } from '../problems.js';

/** How often the deadlines are looked at, ms: the most that a late response is late. */
const DEADLINE_TICK_MS = 50;

/**
 * Ends the wait for a response at the request's deadline, wherever the request is. The store is told not to begin what it
 * has not begun; what it has begun may still happen, and the error says so.
 */
export function deadline(): Middleware {
  const deadlines = createDeadlines<RequestContext>({ tickMs: DEADLINE_TICK_MS, onDeadline });
  return function deadline({ call }, next) {
    return new Promise<void>((resolve, reject) => {
      call.expire = reject;
      deadlines.watch(call);
      next().then(
        () => {
          deadlines.unwatch(call);
          resolve();
        },
        (error: unknown) => {
          deadlines.unwatch(call);
          reject(error);
        },
      );
    });
  };
}

function onDeadline(call: RequestContext): void {
  call.abandoned = true;
  call.expire?.(new DeadlineError(codeOf(call)));
}

function codeOf({ phase, pendingWrites }: RequestContext): DeadlineError['code'] {
  if (phase === 'receiving') return 'request_timeout';
  return pendingWrites > 0 ? 'outcome_unknown' : 'deadline_exceeded';
}
