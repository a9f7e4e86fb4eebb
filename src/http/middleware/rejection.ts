import type { Middleware } from 'koa';

/**
 * Rejects malformed HTTP and incomplete requests. They get the same problem body, request id and CORS headers as other
 * errors, and the same log line, metrics and span.
 *
 * @param onRejected - called with the error code
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
