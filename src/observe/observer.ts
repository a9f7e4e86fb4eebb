import type { AccessLog } from './access-log.js';
import type { ArrivedRequest, RequestFacts, TraceContext } from './facts.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** Whoever handles requests tells it of each request twice: when it arrives and when it is finished. */
export interface Observer {
  /**
   * A request arrived. It is in flight, and its span is open, until `observe` gets the same object.
   *
   * @returns the position of the request in its trace, for its facts; null where there are no traces
   */
  begin(request: ArrivedRequest): TraceContext | null;
  /** A request is finished: this one fact becomes its log line, its metrics and its span. */
  observe(facts: RequestFacts): void;
}

/**
 * Shows requests in the log, in the metrics and in traces.
 *
 * @param sinks - where they are shown; `tracing` is null where there are no traces
 */
export function createObserver({
  accessLog,
  metrics,
  tracing,
}: {
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
}): Observer {
  return {
    begin(request) {
      metrics.started(request);
      return tracing?.startRequest(request) ?? null;
    },
    observe(facts) {
      metrics.finished(facts);
      accessLog(facts);
      tracing?.endRequest(facts);
    },
  };
}
