import type { AccessLog } from './access-log.js';
import type { ArrivedRequest, RequestFacts, TraceContext } from './facts.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing/tracing.js';

export type Observer = ReturnType<typeof createObserver>;

/**
 * Shows requests in the log, in the metrics and in traces. Whoever handles requests tells it of each request twice: when it
 * arrives and when it ends.
 *
 * @param accessLog - takes the line of a request
 * @param tracing - null where there are no traces
 */
export function createObserver(accessLog: AccessLog, metrics: Metrics, tracing: Tracing | null) {
  /** A request that never began, since it was rejected below HTTP. */
  function observe(facts: RequestFacts): void {
    metrics.finished(facts);
    accessLog(facts);
    tracing?.endRequest(facts);
  }

  return {
    observe,
    /**
     * A request arrived. It is in flight, and its span is open, until `end` gets the same object.
     *
     * @returns the position of the request in its trace, for its facts; null where there are no traces
     */
    begin(request: ArrivedRequest): TraceContext | null {
      metrics.started();
      return tracing?.startRequest(request) ?? null;
    },
    /** A request that began has ended: this one fact becomes its log line, its metrics and its span. */
    end(facts: RequestFacts): void {
      metrics.ended();
      observe(facts);
    },
  };
}
