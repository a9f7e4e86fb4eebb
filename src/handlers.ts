import type { Handlers } from './contract/contract.js';
import { adminHandlers } from './operators/admin.js';
import { type MonitoringDependencies, monitoringHandlers } from './operators/monitoring.js';
import { type PaymentDependencies, paymentHandlers } from './payments/handlers.js';

/** What the handlers need, together. */
export type HandlerDependencies = PaymentDependencies & MonitoringDependencies & { readonly adminEnabled: boolean };

/**
 * One handler for each operation of the contract. An operation without a handler, or a handler without an operation,
 * does not compile.
 *
 * @param dependencies - what the handlers need
 */
export function createHandlers(dependencies: HandlerDependencies) {
  return {
    ...paymentHandlers(dependencies),
    ...adminHandlers({ repo: dependencies.repo, enabled: dependencies.adminEnabled }),
    ...monitoringHandlers(dependencies),
  } satisfies Handlers;
}
