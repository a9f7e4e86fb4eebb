import { readContract } from './generate/contract.js';
import { definitionFile } from './generate/definition.js';
import { operationModels } from './generate/operations.js';
import { tableFile } from './generate/table.js';
import { typesFile } from './generate/types.js';
import { validatorsFile } from './generate/validators.js';

/** What to generate from. */
export interface GenerateOptions {
  /** Path of an OpenAPI 3.0 document, YAML or JSON. */
  readonly contractFile: string;
}

/**
 * Generates everything that a service needs to know of its contract. The same contract always gives the same bytes.
 *
 * @param options - which contract
 * @returns the text of each generated file, by its name
 * @throws ContractError when the contract cannot be read or nothing can be generated from it
 */
export async function generate({ contractFile }: GenerateOptions): Promise<Map<string, string>> {
  const contract = await readContract(contractFile);
  const operations = operationModels(contract);
  return new Map([
    ['definition.ts', definitionFile(contract)],
    ['operations.ts', tableFile(contract, operations)],
    ['types.ts', await typesFile(contract)],
    ['validators.ts', await validatorsFile(contract, operations)],
  ]);
}
