import type { Contract } from '../contract.js';
import { banner } from './banner.js';

/**
 * The contract as a constant, so that nothing parses YAML at run time.
 *
 * @param contract - checked
 * @returns the text of `definition.ts`
 */
export function definitionFile(contract: Contract): string {
  // The generated file is not type-checked: its object literal has extensions, which the type of documents lacks.
  return [
    '// @ts-nocheck: the type of OpenAPI documents has no extensions, this document has.',
    banner(contract),
    "import type { Document } from 'openapi-backend';",
    '',
    '/** The whole contract, for dispatching and for showing it to clients. */',
    `export const definition: Document = ${JSON.stringify(contract.document, null, 2)};`,
    '',
  ].join('\n');
}
