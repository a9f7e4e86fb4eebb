import type { Document } from 'openapi-backend';
import { definition } from '../../generated/definition.js';
import {
  corsHeaders,
  type OperationId,
  operations as operationTable,
  securitySchemes,
} from '../../generated/operations.js';
import type { components, ForbiddingScheme, operations, SchemeName } from '../../generated/types.js';
import type { Authenticator } from './security.js';
import type { CompiledContract, HandlersOf, ParameterForm, ReplyOf, RequestOf } from './types.js';

/**
 * The only module that imports `generated/`: a change of `api/openapi.yml` shows as compile errors where it matters.
 */

export type Schemas = components['schemas'];
export type ErrorCode = Schemas['ErrorCode'];

export type { OperationId, SchemeName };
export type Request<Id extends OperationId, Principals = Record<never, never>> = RequestOf<operations[Id], Principals>;
export type Reply<Id extends OperationId> = ReplyOf<operations[Id]>;
export type Handlers<Principals = Record<never, never>> = HandlersOf<operations, Principals>;

/** `Principals` has the results by scheme. `forbidden` is allowed only if all operations of the scheme declare 403. */
export type Authenticators<Principals extends Readonly<Record<SchemeName, unknown>>> = {
  readonly [Name in SchemeName]: Authenticator<Principals[Name], Name extends ForbiddingScheme ? 'forbidden' : never>;
};

export const contract: CompiledContract<Document> = {
  definition,
  operations: Object.values(operationTable),
  securitySchemes,
  corsHeaders,
};

/** The operations that do not declare a problem with this status. Those without a body cannot have a 413 or 415. */
export type OperationsWithout<Status extends number> = {
  [Id in OperationId]: Status extends Problems<operations[Id]['responses']> | IfBodiless<operations[Id], 413 | 415>
    ? never
    : Id;
}[OperationId];
type Problems<Responses> = {
  [Status in keyof Responses]: Responses[Status] extends { readonly content: ProblemContent } ? Status : never;
}[keyof Responses];
type ProblemContent =
  | { readonly 'application/problem+json': unknown }
  | { readonly 'application/json': { readonly code: string } };
type IfBodiless<Operation, Statuses> = Operation extends { readonly requestBody?: never } ? Statuses : never;

/** The path segment that `--api-version` replaces. */
export const CONTRACT_VERSION = 'v1';
const VERSION_PREFIX = `/${CONTRACT_VERSION}/`;
/** The prefix of URLs in the contract's examples. */
const EXAMPLE_ROOT = 'http://localhost:8080/v1/';

/** Whether `--api-version` has an effect. */
export function isVersioned({ operations }: Pick<CompiledContract, 'operations'>): boolean {
  return operations.some(({ path }) => path.startsWith(VERSION_PREFIX));
}

/** With the configured version prefix and external URL. */
export function servedContract(
  contract: CompiledContract<Document>,
  apiVersion: string,
  externalUrl: string,
): CompiledContract<Document> {
  const exposed = (path: string) =>
    path.startsWith(VERSION_PREFIX) ? `/${apiVersion}/${path.slice(VERSION_PREFIX.length)}` : path;
  const written = withExamplesUnder(contract.definition, `${externalUrl}/${apiVersion}/`);
  return {
    ...contract,
    definition: Object.assign({}, written, {
      servers: [{ url: externalUrl }],
      paths: Object.fromEntries(Object.entries(written.paths ?? {}).map(([path, item]) => [exposed(path), item])),
    }),
    operations: contract.operations.map((operation) => ({ ...operation, path: exposed(operation.path) })),
  };
}

/** Makes the function that returns the path of an operation, with what the style of a parameter puts before its value. */
export function pathsOf({ operations }: CompiledContract<Document>): (operationId: OperationId) => string {
  const paths = new Map<string, string>(
    operations.map(({ operationId, path, parameters }) => [operationId, parameters.path.reduce(withStyle, path)]),
  );
  return (operationId) => paths.get(operationId) ?? '';
}

/** The largest value that every operation with this query parameter accepts. */
export function maximumOf({ operations }: Pick<CompiledContract, 'operations'>, parameter: string): number {
  const forms = operations.flatMap(({ parameters }) => parameters.query.filter(({ name }) => name === parameter));
  return Math.min(...forms.map(({ value }) => (value.kind === 'scalar' ? value.maximum : undefined) ?? Infinity));
}

function withStyle(path: string, { name, style }: ParameterForm): string {
  const before = style === 'label' ? '.' : style === 'matrix' ? `;${name}=` : '';
  return path.replace(`{${name}}`, () => `${before}{${name}}`);
}

function withExamplesUnder(definition: Document, root: string): Document {
  if (root === EXAMPLE_ROOT) return definition;
  // A configured URL may contain characters that JSON escapes.
  const inJson = JSON.stringify(root).slice(1, -1);
  return JSON.parse(JSON.stringify(definition).replaceAll(EXAMPLE_ROOT, () => inJson));
}
