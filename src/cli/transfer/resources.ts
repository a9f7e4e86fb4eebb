import { type Fault, paymentsContract } from '../../contract/contract.js';
import { faultOf } from '../../contract/faults.js';
import { createOperations, resources } from '../../payments/resource.js';
import type { AnyResource } from '../../store/tables.js';
import type { FindErrors } from './line.js';

/** What the commands move. */
export interface Transferred {
  readonly descriptions: readonly AnyResource[];
  /** Holds a row against what the contract says of the body that creates one; one error for each place. */
  readonly findErrors: FindErrors;
}

/** All resources of this service. */
export const transferred: Transferred = {
  descriptions: resources,
  findErrors(resource, body) {
    const { operations } = paymentsContract('v1', 'http://localhost');
    const operationId = createOperations[resource.name];
    const validate = operations.find((operation) => operation.operationId === operationId)?.validators.body;
    if (!validate) throw new Error(`the contract has no operation that creates ${resource.name}`);
    if (validate(body)) return [];
    const errors = new Map<string, Fault>();
    for (const error of validate.errors ?? []) {
      const one = faultOf(error, '');
      if (!errors.has(one.pointer)) errors.set(one.pointer, one);
    }
    return [...errors.values()];
  },
};
