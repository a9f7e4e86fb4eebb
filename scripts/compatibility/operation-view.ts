import type { ParameterForm } from '../../src/contract/types.js';
import {
  type Content,
  type Document,
  type Header,
  type Method,
  type Parameter,
  parameterKey,
  type Schema,
  type Security,
} from '../generate/model/document.js';
import { parameterForm } from '../generate/model/parameters.js';
import { follow } from '../generate/model/reference.js';
import { inlineSchema, type Sender } from './inline-schema.js';

export interface Part {
  readonly required: boolean;
  /** The style of the value in the URL; empty for headers of replies. */
  readonly spelling: string;
  /** Whether it may be empty whatever the schema, or never; null if the schema decides. */
  readonly allowsEmpty: boolean | null;
  readonly schema: Schema;
}

/** By media type. */
export type Bodies = ReadonlyMap<string, Schema>;

/** What clients see of an operation, with references resolved. */
export interface OperationView {
  readonly operationId: string;
  /** Several generators name a class after the first tag. */
  readonly tag: string | null;
  readonly security: Security;
  /** By location and name, such as `query parameter size`. */
  readonly parameters: ReadonlyMap<string, Part>;
  readonly body: { readonly required: boolean; readonly content: Bodies } | null;
  /** By status. */
  readonly replies: ReadonlyMap<string, { readonly headers: ReadonlyMap<string, Part>; readonly content: Bodies }>;
}

/**
 * What clients see of an operation; null if the contract does not have it.
 *
 * @param document - a checked contract
 * @param path - of this or another version of the contract
 */
export function viewOperation(document: Document, path: string, method: Method): OperationView | null {
  const item = document.paths[path];
  const operation = item?.[method];
  if (operation === undefined) return null;
  // The operation's own parameters come last, and override those of the path.
  const parameters = [...(item?.parameters ?? []), ...(operation.parameters ?? [])].map((one) => follow(document, one));
  const body = operation.requestBody === undefined ? null : follow(document, operation.requestBody);
  const replies = Object.entries(operation.responses).map(([status, response]) => {
    const { headers = {}, content = {} } = follow(document, response);
    const parts = Object.entries(headers).map(
      ([name, header]) => [name, partOf(document, follow(document, header), 'service')] as const,
    );
    return [status, { headers: new Map(parts), content: bodiesOf(document, content, 'service') }] as const;
  });
  return {
    operationId: operation.operationId ?? '',
    tag: operation.tags?.[0] ?? null,
    security: requiredOf(document, operation.security ?? document.security ?? []),
    parameters: new Map(parameters.map((one) => [parameterKey(one), partOf(document, one, 'client')])),
    body: body && { required: body.required === true, content: bodiesOf(document, body.content, 'client') },
    replies: new Map(replies),
  };
}

/**
 * The required credentials. A scheme with `x-optional` is required only if the service is configured so; documenting it
 * breaks no client.
 */
function requiredOf(document: Document, security: Security): Security {
  const schemes = new Map(
    Object.entries(document.components?.securitySchemes ?? {}).map(([name, scheme]) => [
      name,
      follow(document, scheme),
    ]),
  );
  // Where the credentials are is part of what is required.
  const required = (name: string) => {
    const { type, scheme = '', in: place, name: key } = schemes.get(name) ?? {};
    return `${name} ${JSON.stringify([type, scheme.toLowerCase(), place, key])}`;
  };
  return security.map((way) => {
    const kept = Object.entries(way).filter(([name]) => Object(schemes.get(name))['x-optional'] !== true);
    return Object.fromEntries(kept.map(([name, scopes]) => [required(name), scopes]));
  });
}

function partOf(document: Document, part: Parameter | Header, sender: Sender): Part {
  const { content = {}, allowEmptyValue = null } = 'in' in part ? part : {};
  return {
    required: part.required === true,
    spelling: 'in' in part ? spellingOf(parameterForm(document, part)) : '',
    allowsEmpty: allowEmptyValue,
    schema: inlineSchema(document, part.schema ?? Object.values(content)[0]?.schema ?? {}, sender),
  };
}

function spellingOf({ style, explode, value: { kind } }: ParameterForm): string {
  return kind === 'json' ? 'JSON' : `${style}${kind !== 'scalar' && explode ? ', exploded' : ''}`;
}

function bodiesOf(document: Document, content: Content, sender: Sender): Bodies {
  const entries = Object.entries(content).map(
    ([type, { schema }]) => [type, inlineSchema(document, schema ?? {}, sender)] as const,
  );
  return new Map(entries);
}
