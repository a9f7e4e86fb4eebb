import { readContract } from './generate/contract.js';
import { definitionFile } from './generate/emit/definition.js';
import { tableFile } from './generate/emit/table.js';
import { typesFile } from './generate/emit/types.js';
import { validatorsFile } from './generate/emit/validators.js';
import { operationModels } from './generate/model/operations.js';

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
 * @throws ContractError when the contract cannot be read, or says what the service would not do
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
