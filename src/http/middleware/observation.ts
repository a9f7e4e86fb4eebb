import type { Middleware } from 'koa';
import type { AccessLog } from '../../observe/logger.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Tracing } from '../../observe/tracing.js';

export interface Observers {
  readonly accessLog: AccessLog;
  readonly metrics: Pick<Metrics, 'inFlight' | 'finished'>;
  readonly tracing: Pick<Tracing, 'startRequest' | 'endRequest'> | null;
}

/** Observes each request once its response has been written, whatever happened before. Until then it is in flight. */
export function observation({ accessLog, metrics, tracing }: Observers): Middleware {
  return async function observation({ call }, next) {
    metrics.inFlight(1);
    if (tracing) call.trace = tracing.startRequest(call);
    try {
      await next();
    } finally {
      call.durationMs = performance.now() - call.startedAt;
      metrics.inFlight(-1);
      metrics.finished(call);
      accessLog(call);
      tracing?.endRequest(call);
    }
  };
}
