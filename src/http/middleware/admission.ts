import type { Middleware } from 'koa';
import { createAdmissionQueue } from '../admission-queue.js';
import { problem } from '../problems.js';

export interface AdmissionOptions {
  /** Requests in flight before more are shed. */
  readonly maxConcurrency: number;
  /** Routes that are always admitted: a probe that waits says nothing of what it probes. */
  readonly exempt: ReadonlySet<string>;
  /** A request was shed. */
  readonly onShed: () => void;
}

/**
 * Admits a request whose body is complete: at once, or when it is its turn. What there is no time for is shed with 503. From
 * here to its response it is in flight.
 *
 * @param options - see `AdmissionOptions`
 */
export function admission({ maxConcurrency, exempt, onShed }: AdmissionOptions): Middleware {
  const queue = createAdmissionQueue();
  let inFlight = 0;

  return async function admission(ctx, next) {
    const { call } = ctx;
    if (exempt.has(call.route)) return next();
    const admitted = inFlight < maxConcurrency && queue.admit(performance.now());
    let isAdmitted = admitted;
    if (admitted instanceof Promise) {
      call.phase = 'waiting';
      isAdmitted = await admitted;
      if (call.isOver) return;
    }
    if (!isAdmitted) {
      onShed();
      ctx.reply = problem('overloaded', 'Too many requests are in flight here; nothing was changed. Try again later.');
      return;
    }
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}
