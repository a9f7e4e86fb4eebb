import type { ParameterForm } from '../../src/contract/types.js';
import { schemesOf } from '../generate/check/security.js';
import { type Document, parameterKey, type Schema, type Security } from '../generate/model/document.js';
import type { BodyContent, OperationModel } from '../generate/model/operations.js';
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
 * What clients see of an operation.
 *
 * @param document - a checked contract
 */
export function viewOperation(document: Document, operation: OperationModel): OperationView {
  const { operationId, path, method, security, parameters, body, replies } = operation;
  const inline = (schema: Schema = {}, sender: Sender) => inlineSchema(document, schema, sender);
  const bodiesOf = (content: readonly Pick<BodyContent, 'mediaType' | 'schema'>[], sender: Sender): Bodies =>
    new Map(content.map(({ mediaType, schema }) => [mediaType, inline(schema, sender)]));
  return {
    operationId,
    tag: document.paths[path]?.[method]?.tags?.[0] ?? null,
    security: requiredOf(document, security),
    parameters: new Map(
      parameters.map(({ form, schema, ...parameter }) => [
        parameterKey(parameter),
        {
          required: parameter.required,
          spelling: spellingOf(form),
          allowsEmpty: form.allowsEmpty,
          schema: inline(schema, 'client'),
        },
      ]),
    ),
    body: body && { required: body.required, content: bodiesOf(body.content, 'client') },
    replies: new Map(
      replies.map(({ status, headers, content }) => {
        const parts = headers.map(({ name, required, schema }): [string, Part] => [
          name,
          { required, spelling: '', allowsEmpty: null, schema: inline(schema, 'service') },
        ]);
        return [status, { headers: new Map(parts), content: bodiesOf(content, 'service') }];
      }),
    ),
  };
}

/**
 * The required credentials. A scheme with `x-optional` is required only if the service is configured so; documenting it
 * breaks no client.
 */
function requiredOf(document: Document, security: Security): Security {
  const schemes = schemesOf(document);
  // Where the credentials are is part of what is required.
  const required = (name: string) => {
    const { type, scheme = '', in: place, name: key } = Object(schemes[name]);
    return `${name} ${JSON.stringify([type, scheme.toLowerCase(), place, key])}`;
  };
  return security.map((way) => {
    const kept = Object.entries(way).filter(([name]) => Object(schemes[name])['x-optional'] !== true);
    return Object.fromEntries(kept.map(([name, scopes]) => [required(name), scopes]));
  });
}

function spellingOf({ style, explode, value: { kind } }: ParameterForm): string {
  return kind === 'json' ? 'JSON' : `${style}${kind !== 'scalar' && explode ? ', exploded' : ''}`;
}
