import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { Semaphore } from '../../scheduling/semaphore.js';
import { problem } from '../problems.js';
import { AdmissionQueue, MAX_QUEUE_DELAY_MS } from '../transport/admission-queue.js';
import { BufferedRequest } from '../transport/buffered-request.js';

/** A larger body takes milliseconds to parse. A compressed one may become as large, whatever its size. */
const LARGE_BYTES = 64 * 1024;

export interface AdmissionOptions {
  readonly maxConcurrency: number;
  /** Routes that are always admitted, such as health checks. */
  readonly exempt: ReadonlySet<string>;
  /** The server's queue. A request whose body arrived after its head waits there again. */
  readonly queue: AdmissionQueue;
  readonly onShed: () => void;
}

/**
 * Admits a request with a complete body: it is in flight until its response is ready. A request that waited too long, in
 * the queue or for another one to end, is shed with 503.
 */
export function admission({ maxConcurrency, exempt, queue, onShed }: AdmissionOptions): Middleware {
  const inFlight = new Semaphore(maxConcurrency);
  // Other requests wait for one slice of these, not for all that have arrived.
  const largeQueue = new AdmissionQueue();
  const onIdle = (isIdle: boolean) => (isIdle ? inFlight.release() : inFlight.hold());
  const turnIn = (own: AdmissionQueue) => new Promise<boolean>((resolve) => own.enqueue(resolve));

  function isLate(req: IncomingMessage): boolean | Promise<boolean> {
    if (!(req instanceof BufferedRequest)) return turnIn(queue);
    if (req.receivedBytes > LARGE_BYTES || req.headers['content-encoding'] !== undefined) return turnIn(largeQueue);
    return req.isLate ?? turnIn(queue);
  }

  return async function admission(ctx, next) {
    const { call, req } = ctx;
    if (exempt.has(call.route)) return next();
    call.phase = 'waiting';
    const late = isLate(req);
    // Most requests have waited in front of Koa, and need no promise here.
    if ((typeof late === 'boolean' ? late : await late) || !(await inFlight.acquire(MAX_QUEUE_DELAY_MS))) {
      onShed();
      ctx.reply = problem('overloaded', 'Too many requests are in flight here; nothing was changed. Try again later.');
      return;
    }
    call.onIdle = onIdle;
    try {
      if (!call.isOver) await next();
    } finally {
      inFlight.release();
    }
  };
}
