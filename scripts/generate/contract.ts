import { checkOperations } from './check/operations.js';
import { checkSchema, isInherited } from './check/schemas.js';
import { checkSchemes } from './check/security.js';
import { type Report, walk } from './check/walk.js';
import { ContractError, type Rejection } from './contract-error.js';
import type { Document } from './model/document.js';
import { type Bundle, readBundle } from './source/bundle.js';
import { type Path, pointerOf } from './source/pointer.js';

export interface Contract {
  /** For messages: the file and its folder, never an absolute path. */
  readonly name: string;
  readonly document: Document;
  /** Makes a rejection at a path of the document, for errors that only code generation finds. */
  readonly reject: Bundle['reject'];
}

/**
 * Reads and checks a contract: each keyword is enforced by the service, or only informs readers.
 *
 * @param contractFile - path of an OpenAPI 3.0 document, YAML or JSON
 * @returns the contract, with a plain JSON document without references to other files
 * @throws ContractError with all errors
 */
export async function readContract(contractFile: string): Promise<Contract> {
  const { name, document, reject } = await readBundle(contractFile);
  const errors = documentErrors(document);
  if (errors.length > 0) throw new ContractError(errors.map(({ path, what }) => reject(path, what)).sort(byLine));
  return { name, document: document as Document, reject };
}

export interface DocumentError {
  readonly path: Path;
  readonly what: string;
}

/**
 * All errors of a document.
 *
 * @param document - any value
 */
export function documentErrors(document: unknown): DocumentError[] {
  const errors = new Map<string, DocumentError>();
  const report: Report = (path, what) => void errors.set(`${pointerOf(path)} ${what}`, { path, what });
  const { openapi } = Object(document);
  if (typeof openapi !== 'string' || !/^3\.0\.[0-3]$/.test(openapi)) {
    return [{ path: ['openapi'], what: 'must be 3.0.0 to 3.0.3' }];
  }
  const visited = walk(document, report);
  checkComponentNames(document, report);
  for (const one of visited) if (one.kind === 'Schema') checkSchema(document as Document, one, report);
  // Operations are checked only if the structure is valid; its errors are reported already.
  if (errors.size === 0) {
    checkSchemes(document as Document, report);
    checkOperations(document as Document, report);
  }
  return [...errors.values()];
}

function checkComponentNames(document: unknown, report: Report): void {
  for (const [section, components] of Object.entries(Object(Object(document).components))) {
    for (const name of section.startsWith('x-') ? [] : Object.keys(Object(components))) {
      if (!/^[\w.-]+$/.test(name) || isInherited(name))
        report(
          ['components', section, name],
          'must be named by letters, digits, dots, hyphens and underscores, and not like what every object inherits',
        );
    }
  }
}

function byLine(one: Rejection, other: Rejection): number {
  return one.file.localeCompare(other.file) || one.line - other.line;
}
