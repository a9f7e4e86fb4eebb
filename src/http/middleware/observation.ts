import type { Middleware } from 'koa';
import type { Observer } from '../../observe/observer.js';

/**
 * Tells of each request once when it comes in and once when its response was written, whatever happens in between.
 *
 * @param observer - makes log line, metrics and span of it
 */
export function observation(observer: Observer): Middleware {
  return async function observation({ call }, next) {
    call.trace = observer.begin(call) ?? call.trace;
    try {
      await next();
    } finally {
      call.durationMs = performance.now() - call.startedAt;
      observer.end(call);
    }
  };
}
