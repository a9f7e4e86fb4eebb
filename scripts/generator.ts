import { readContract } from './generate/contract.js';
import { definitionFile } from './generate/emit/definition.js';
import { tableFile } from './generate/emit/table.js';
import { typesFile } from './generate/emit/types.js';
import { validatorsFile } from './generate/emit/validators.js';
import { operationModels } from './generate/model/operations.js';

export interface GenerateOptions {
  /** Path of an OpenAPI 3.0 document, YAML or JSON. */
  readonly contractFile: string;
}

/**
 * Generates everything that a service needs from its contract. The output is deterministic.
 *
 * @returns the text of each file, by name
 * @throws ContractError if the contract cannot be read, or has an error
 */
export async function generate({ contractFile }: GenerateOptions): Promise<Map<string, string>> {
  const contract = await readContract(contractFile);
  const operations = operationModels(contract.document);
  return new Map([
    ['definition.ts', definitionFile(contract)],
    ['operations.ts', tableFile(contract, operations)],
    ['types.ts', typesFile(contract, operations)],
    ['validators.ts', await validatorsFile(contract, operations)],
  ]);
}
