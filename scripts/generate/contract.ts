import { compositionChecker } from './check/composition.js';
import { checkOperations } from './check/operations.js';
import { checkSchema } from './check/schemas.js';
import { checkSchemes } from './check/security.js';
import { type Visited, walk } from './check/walk.js';
import { ContractError, type Rejection } from './contract-error.js';
import { type Document, methods, type Operation, type Parameter, pathItems, type Reference } from './model/document.js';
import { follow } from './model/reference.js';
import { type Bundle, readBundle } from './source/bundle.js';
import { type Path, pointerOf } from './source/pointer.js';

/** A contract that was read and checked. */
export interface Contract {
  /** For people: the file and its folder, never the whole path of one machine. */
  readonly name: string;
  readonly document: Document;
  /** The rejection of what stands at a path of the document, for what shows only when code is made from it. */
  readonly reject: Bundle['reject'];
}

/**
 * Reads a contract and checks all that it says: each keyword is one the service enforces, or one that informs readers.
 *
 * @param contractFile - path of an OpenAPI 3.0 document, YAML or JSON
 * @returns the contract, its document a plain JSON value without references to other files
 * @throws ContractError naming everything that is wrong, and where
 */
export async function readContract(contractFile: string): Promise<Contract> {
  const { name, document, reject } = await readBundle(contractFile);
  const errors = documentErrors(document);
  if (errors.length > 0) throw new ContractError(errors.map(({ path, what }) => reject(path, what)).sort(byLine));
  return { name, document: document as Document, reject };
}

/** Something wrong with a document, and where. */
export interface DocumentError {
  readonly path: Path;
  readonly what: string;
}

/**
 * Everything that a document says and the service would not do.
 *
 * @param document - any value
 */
export function documentErrors(document: unknown): DocumentError[] {
  const errors = new Map<string, DocumentError>();
  const report = (path: Path, what: string) => void errors.set(`${pointerOf(path)} ${what}`, { path, what });
  const { openapi } = Object(document);
  if (typeof openapi !== 'string' || !/^3\.0\.[0-3]$/.test(openapi)) {
    return [{ path: ['openapi'], what: 'must be 3.0.0 to 3.0.3' }];
  }
  const visited = walk(document, report);
  checkSchemas(document as Document, visited, report);
  // Operations are looked at only where their structure is as it should be; what is wrong with it is reported already.
  if (errors.size === 0) checkMeaning(document as Document, report);
  return [...errors.values()];
}

function checkSchemas(
  document: Document,
  visited: readonly Visited[],
  report: (path: Path, what: string) => void,
): void {
  for (const one of visited) if (one.kind === 'Schema') checkSchema(document, one, report);
}

function checkMeaning(document: Document, report: (path: Path, what: string) => void): void {
  checkSchemes(document, report);
  checkOperations(document, report);
  const checkRequestSchema = compositionChecker(document, report);
  for (const [template, item] of pathItems(document)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation)
        checkRequest(document, operation, ['paths', template, method], item.parameters ?? [], checkRequestSchema);
    }
  }
}

function checkRequest(
  document: Document,
  { parameters = [], requestBody }: Operation,
  path: Path,
  shared: readonly (Parameter | Reference)[],
  check: (schema: unknown, path: Path, takesDefault: boolean) => void,
): void {
  [...shared, ...parameters].forEach((one, index) => {
    const { schema, content = {} } = follow(document, one);
    check(schema, [...path, 'parameters', String(index), 'schema'], true);
    for (const { schema: inner } of Object.values(content))
      check(inner, [...path, 'parameters', String(index), 'content'], false);
  });
  if (requestBody === undefined) return;
  for (const [mediaType, { schema }] of Object.entries(follow(document, requestBody).content)) {
    check(schema, [...path, 'requestBody', 'content', mediaType, 'schema'], false);
  }
}

function byLine(one: Rejection, other: Rejection): number {
  return one.file.localeCompare(other.file) || one.line - other.line;
}
