import type { Middleware } from 'koa';

/**
 * Rejects malformed HTTP and requests that did not arrive, before anything else is done for them. So they get the problem body,
 * the request id and the CORS headers that every error has, and leave the same trace in log, metrics and spans.
 *
 * @param onRejected - told the code of what is wrong
 */
export function rejection(onRejected: (code: string) => void): Middleware {
  return function rejection({ call }, next) {
    const { rejection: error } = call;
    if (error === null) return next();
    onRejected(error.reply.problem.code);
    call.phase = 'receiving';
    return Promise.reject(error);
  };
}
