import type { Document } from 'openapi-backend';
import { stringify } from 'yaml';

const LINE_WIDTH_CHARS = 120;

/**
 * A contract as YAML. In a file of its own, so that the library is loaded when somebody asks for it.
 *
 * @param definition - the contract
 */
export function contractYaml(definition: Document): string {
  return stringify(definition, { lineWidth: LINE_WIDTH_CHARS });
}
