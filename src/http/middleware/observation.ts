import type { Middleware } from 'koa';
import type { RequestFacts } from '../../observe/facts.js';
import type { AccessLog } from '../../observe/logger.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Tracing } from '../../observe/tracing.js';

export interface Observers {
  readonly accessLog: AccessLog;
  readonly metrics: Pick<Metrics, 'inFlight' | 'finished'>;
  readonly tracing: Pick<Tracing, 'startRequest' | 'endRequest'> | null;
}

function reportRequest({ accessLog, metrics, tracing }: Observers, facts: RequestFacts): void {
  metrics.finished(facts);
  accessLog(facts);
  tracing?.endRequest(facts);
}

/** Observes each request once its response was written, whatever happens before. Until then it is in flight. */
export function observation(observers: Observers): Middleware {
  const { metrics, tracing } = observers;
  return async function observation({ call }, next) {
    metrics.inFlight(1);
    if (tracing) call.trace = tracing.startRequest(call);
    try {
      await next();
    } finally {
      call.durationMs = performance.now() - call.startedAt;
      metrics.inFlight(-1);
      reportRequest(observers, call);
    }
  };
}
