import type { Middleware } from 'koa';
import { AdmissionQueue, type Verdict } from '../admission-queue.js';
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
    let verdict = queue.admit(call.request.socket);
    if (verdict instanceof Promise) {
      call.phase = 'waiting';
      verdict = await verdict;
    }
    if (verdict !== 'admitted') {
      onShed();
      ctx.reply = overloaded(verdict);
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

function overloaded(verdict: Exclude<Verdict, 'admitted'>) {
  if (verdict === 'shed') {
    return problem('overloaded', 'Too many requests are in flight here; nothing was changed. Try again later.');
  }
  const detail = 'Too many requests of this connection wait here; nothing was changed. Use more connections.';
  // What is pipelined after it is not even looked at.
  return { ...problem('overloaded', detail), headers: { Connection: 'close' } };
}
