import type { Socket } from 'node:net';
import type { Middleware } from 'koa';
import { ProblemError, problem, REPO_PROBLEMS } from '../problems.js';
import { requestTimeout } from '../transport/transport-errors.js';
import type { RequestContext } from './request-context.js';

/** The least time between two checks, and so the latest delay of a response. */
const CHECK_PAUSE_MS = 50;

/**
 * Ends the wait for a response at the deadline. The store then starts nothing new; a started write may still happen.
 *
 * One timer serves all requests. It is set for the earliest deadline, and only looks for the next one when it fires:
 * all requests have the same time limit, so no later one comes first.
 */
export function deadline(): Middleware {
  /** The request in flight on each connection. Entries stay while it is open: adding and deleting costs more. */
  const calls = new Map<Socket, RequestContext | null>();
  let timer: NodeJS.Timeout | null = null;

  function watch(socket: Socket, call: RequestContext): void {
    if (!calls.has(socket)) socket.once('close', () => calls.get(socket) === null && calls.delete(socket));
    calls.set(socket, call);
    if (timer === null) setTimer(call.deadline);
  }

  function unwatch(socket: Socket, call: RequestContext): void {
    // After its deadline, the connection may have the next request.
    if (calls.get(socket) !== call) return;
    if (socket.destroyed) calls.delete(socket);
    else calls.set(socket, null);
  }

  function setTimer(deadline: number): void {
    timer = setTimeout(check, Math.max(CHECK_PAUSE_MS, Math.ceil(deadline - performance.now()))).unref();
  }

  function check(): void {
    const nowMs = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of calls.values()) {
      if (call === null || call.abandoned) continue;
      if (call.deadline > nowMs) next = Math.min(next, call.deadline);
      else {
        call.abandoned = true;
        call.expire?.(errorOf(call));
      }
    }
    timer = null;
    if (next < Number.POSITIVE_INFINITY) setTimer(next);
  }

  return function deadline({ call, req: { socket } }, next) {
    return new Promise<void>((resolve, reject) => {
      call.expire = reject;
      watch(socket, call);
      next().then(
        () => {
          unwatch(socket, call);
          resolve();
        },
        (error: unknown) => {
          unwatch(socket, call);
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
