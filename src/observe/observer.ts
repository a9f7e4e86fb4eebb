import type { AccessLog } from './access-log.js';
import type { ArrivedRequest, RequestFacts, TraceContext } from './facts.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing/tracing.js';

/** Whoever handles requests tells it of each request twice: when it arrives and when it ends. */
export interface Observer {
  /**
   * A request arrived. It is in flight, and its span is open, until `end` gets the same object.
   *
   * @returns the position of the request in its trace, for its facts; null where there are no traces
   */
  begin(request: ArrivedRequest): TraceContext | null;
  /** A request that began has ended: this one fact becomes its log line, its metrics and its span. */
  end(facts: RequestFacts): void;
  /** The same for a request that never began, since it was rejected below HTTP. */
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
  function observe(facts: RequestFacts): void {
    metrics.finished(facts);
    accessLog(facts);
    tracing?.endRequest(facts);
  }

  return {
    begin(request) {
      metrics.started();
      return tracing?.startRequest(request) ?? null;
    },
    end(facts) {
      metrics.ended();
      observe(facts);
    },
    observe,
  };
}
