import type { Middleware } from 'koa';
import { Bag } from '../../scheduling/bag.js';
import { ProblemError, problem, REPO_PROBLEMS } from '../problems.js';
import { requestTimeout } from '../transport/transport-errors.js';
import type { RequestContext } from './request-context.js';

/** The least time between two checks, and so the latest delay of a response. */
const CHECK_PAUSE_MS = 50;

/**
 * Ends the wait for a response at the deadline. The store then starts nothing new; a started write may still happen.
 *
 * One timer serves all requests: with a timer for each, a get takes 3 to 10 % more CPU (two comparisons, by script). It is
 * set for the earliest deadline, and looks for the next one only when it fires. All requests have the same time limit, so
 * a request that joins later is due earlier only by the time that it waited in the queue.
 */
export function deadline(): Middleware {
  const calls = new Bag<RequestContext>();
  let timer: NodeJS.Timeout | null = null;

  function setTimer(deadline: number): void {
    // Only after pending input is read: after a pause of the process that may be all that is missing.
    const checkSoon = () => void setImmediate(check);
    timer = setTimeout(checkSoon, Math.max(CHECK_PAUSE_MS, Math.ceil(deadline - performance.now()))).unref();
  }

  function check(): void {
    const nowMs = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of calls) {
      if (call.abandoned) continue;
      if (call.deadline > nowMs) next = Math.min(next, call.deadline);
      else {
        call.abandoned = true;
        call.expire?.(errorOf(call));
      }
    }
    timer = null;
    if (next < Number.POSITIVE_INFINITY) setTimer(next);
  }

  return function deadline({ call }, next) {
    return new Promise<void>((resolve, reject) => {
      call.expire = reject;
      calls.add(call);
      if (timer === null) setTimer(call.deadline);
      next().then(
        () => {
          calls.delete(call);
          resolve();
        },
        (error: unknown) => {
          calls.delete(call);
          reject(error);
        },
      );
    });
  };
}

function errorOf({ phase, pendingWrites }: RequestContext): ProblemError {
  if (phase === 'receiving') return requestTimeout('The body did not arrive in time.');
  const reply =
    pendingWrites > 0
      ? problem(...REPO_PROBLEMS.outcome_unknown)
      : problem('deadline_exceeded', 'The response was not ready in time; nothing was changed. Try again.');
  return new ProblemError(reply, true);
}
