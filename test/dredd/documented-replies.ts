import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { dereference, isObject, jsonSchemaOf, memberAt } from './json-schema.js';

export interface DocumentedHeader {
  readonly name: string;
  readonly required: boolean;
  readonly schema: object;
}

/** A response of the contract, by operation, status and media type. Dredd makes one transaction for each. */
export interface DocumentedReply {
  readonly operationId: string;
  readonly method: string;
  /** The path template. */
  readonly path: string;
  readonly status: string;
  /** Null if the response has no body. */
  readonly mediaType: string | null;
  /** JSON Schema; null if the body is not JSON. */
  readonly schema: unknown;
  readonly headers: readonly DocumentedHeader[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * Reads all documented responses of a contract.
 *
 * @param contractFile - path of an OpenAPI 3.0 document
 */
export function readDocumentedReplies(contractFile: string): DocumentedReply[] {
  return documentedReplies(parse(readFileSync(contractFile, 'utf8')));
}

/**
 * All documented responses of a contract.
 *
 * @param document - an OpenAPI 3.0 document
 */
export function documentedReplies(document: unknown): DocumentedReply[] {
  const paths = entriesOf(memberAt(dereference(document, document), ['paths']));
  return paths.flatMap(([path, item]) =>
    entriesOf(item)
      .filter(([method]) => METHODS.includes(method))
      .flatMap(([method, operation]) => repliesOf(method.toUpperCase(), path, operation)),
  );
}

/** The name of a response, for messages and comparisons. */
export function nameOf({
  method,
  path,
  status,
  mediaType,
}: Omit<DocumentedReply, 'operationId' | 'schema' | 'headers'>) {
  return `${method} ${path} > ${status}${mediaType === null ? '' : ` > ${mediaType}`}`;
}

function repliesOf(method: string, path: string, operation: unknown): DocumentedReply[] {
  const operationId = String(memberAt(operation, ['operationId']));
  return entriesOf(memberAt(operation, ['responses'])).flatMap(([status, response]): DocumentedReply[] => {
    const headers = entriesOf(isObject(response) ? response.headers : undefined).map(documentedHeader);
    const reply = { operationId, method, path, status, headers };
    const content = entriesOf(isObject(response) ? response.content : undefined);
    if (content.length === 0) return [{ ...reply, mediaType: null, schema: null }];
    return content.map(([mediaType, media]) => {
      const isJson = /[/+]json$/.test(mediaType);
      return { ...reply, mediaType, schema: isJson ? jsonSchemaOf(memberAt(media, ['schema'])) : null };
    });
  });
}

function documentedHeader([name, header]: [string, unknown]): DocumentedHeader {
  const schema = jsonSchemaOf(memberAt(header, ['schema']));
  if (!isObject(schema)) throw new Error(`the schema of the header ${name} is not an object`);
  return { name, schema, required: isObject(header) && header.required === true };
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}
