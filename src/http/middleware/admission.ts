import type { Middleware } from 'koa';
import { AdmissionQueue } from '../admission-queue.js';
import { problem } from '../problems.js';

export interface AdmissionOptions {
  /** Requests in flight, at most. */
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
  const queue = new AdmissionQueue({ maxInFlight: maxConcurrency });
  const onIdle = (isIdle: boolean) => (isIdle ? queue.leave() : queue.resume());

  return async function admission(ctx, next) {
    const { call } = ctx;
    if (exempt.has(call.route)) return next();
    call.phase = 'waiting';
    if ((await queue.admit()) === 'shed') {
      onShed();
      ctx.reply = problem('overloaded', 'Too many requests are in flight here; nothing was changed. Try again later.');
      return;
    }
    call.onIdle = onIdle;
    try {
      if (!call.isOver) await next();
    } finally {
      queue.leave();
    }
  };
}
