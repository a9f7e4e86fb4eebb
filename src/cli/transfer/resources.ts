import { contract } from '../../contract/contract.js';
import { RequestErrors } from '../../contract/errors.js';
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
    const operationId = createOperations[resource.name];
    const create = contract.operations.find((operation) => operation.operationId === operationId);
    const validate = create?.validators.body['application/json'];
    if (!validate) throw new Error(`the contract has no operation that creates ${resource.name}`);
    const errors = new RequestErrors();
    errors.check(validate, body, '');
    return errors.list ?? [];
  },
};
