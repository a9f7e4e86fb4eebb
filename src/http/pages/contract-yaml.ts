import { stringify } from 'yaml';
import type { Definition } from '../../contract/contract.js';

const LINE_WIDTH_CHARS = 120;

/**
 * A contract as YAML. In a file of its own, so that the library is loaded when somebody asks for it.
 *
 * @param definition - the contract
 */
export function contractYaml(definition: Definition): string {
  return stringify(definition, { lineWidth: LINE_WIDTH_CHARS });
}
