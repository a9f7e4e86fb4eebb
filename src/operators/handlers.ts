import { hash, timingSafeEqual } from 'node:crypto';
import type { Handlers, OperationId, Reply } from '../contract/contract.js';
import type { Authenticator } from '../contract/security.js';
import { type ProblemReply, problem } from '../http/problems.js';
import type { ResourceStore, Store } from '../store/types.js';

export interface OperatorPrincipals {
  readonly operatorToken: 'operator';
}

/** Operators' endpoints and pages exclude pages of other origins. */
export function operatorsPaths(pathOf: (operationId: OperationId) => string): (path: string) => boolean {
  const own = (['getRepo', 'deleteRepo', 'getMetrics'] as const).map(pathOf);
  return (path) => own.includes(path) || /^\/(?:admin|console|metrics|profiling)(?:\/|$)/.test(path);
}

/**
 * Authenticates operators by a bearer token (RFC 6750, section 2.1). Hashes are compared in constant time, so that the
 * duration reveals neither content nor length.
 *
 * @param token - null accepts every request
 */
export function authenticateOperators(token: string | null): Authenticator<'operator', never> {
  if (token === null) return () => ({ principal: 'operator' });
  const hashed = (text: string) => hash('sha256', text, 'buffer');
  const expected = hashed(token);
  return (credentials) =>
    timingSafeEqual(hashed(credentials ?? ''), expected) ? { principal: 'operator' } : 'unauthenticated';
}

export interface AdminDependencies {
  /** All resources; one that refers to others comes after them. */
  readonly resources: readonly Pick<ResourceStore<string>, 'count' | 'deleteAll'>[];
  readonly adminEnabled: boolean;
}

export function adminHandlers({ resources, adminEnabled: enabled }: AdminDependencies) {
  return {
    async getRepo({ call }): Promise<Reply<'getRepo'>> {
      if (!enabled) return switchedOff();
      const counts = await Promise.all(resources.map((resource) => resource.count(call)));
      return { status: 200, body: { count: counts.reduce((sum, count) => sum + count, 0) } };
    },

    async deleteRepo({ call }): Promise<Reply<'deleteRepo'>> {
      if (!enabled) return switchedOff();
      for (const resource of [...resources].reverse()) await resource.deleteAll(call);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}

function switchedOff(): ProblemReply<'endpoint_disabled'> {
  return problem('endpoint_disabled', 'The admin endpoints are switched off; --admin switches them on.');
}

export interface MonitoringDependencies {
  readonly store: Pick<Store, 'ping'>;
  /** Whether the service was told to stop. */
  readonly isDraining: () => boolean;
  /** Renders the metrics of all worker processes; null if they are switched off. */
  readonly renderMetrics: (() => Promise<string>) | null;
}

/** Health checks, which are never limited or queued. */
export const PROBES: readonly OperationId[] = ['getHealth', 'getLiveness'];

/** A health check must be quick: a slower database counts as unreachable. */
const HEALTH_DEADLINE_MS = 900;

/** Prometheus's text format, version 0.0.4. */
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export function monitoringHandlers({ store, isDraining, renderMetrics }: MonitoringDependencies) {
  return {
    async getHealth(): Promise<Reply<'getHealth'>> {
      if (isDraining()) return { status: 503, body: { status: 'down' } };
      try {
        await store.ping({ deadline: performance.now() + HEALTH_DEADLINE_MS, abandoned: false, pendingWrites: 0 });
        return { status: 200, body: { status: 'up' } };
      } catch {
        // The store has logged why the database is unreachable.
        return { status: 503, body: { status: 'down' } };
      }
    },

    async getLiveness(): Promise<Reply<'getLiveness'>> {
      return { status: 200, body: { status: 'up' } };
    },

    async getMetrics(): Promise<Reply<'getMetrics'>> {
      if (!renderMetrics) return problem('endpoint_disabled', 'Metrics are switched off; --metrics switches them on.');
      return { status: 200, contentType: PROMETHEUS_TEXT, body: await renderMetrics() };
    },
  } satisfies Partial<Handlers>;
}
