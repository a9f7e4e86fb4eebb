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
import type { CompiledContract, HandlersOf, ReplyOf, RequestOf } from './types.js';

/**
 * What the compiler knows of this service's contract. The only module that imports `generated/`: everything else takes its
 * types from here, so that a change of `api/openapi.yml` surfaces as compile errors at the places it concerns.
 */

export type Schemas = components['schemas'];
export type ErrorCode = Schemas['ErrorCode'];

export type { OperationId, SchemeName };
export type Request<Id extends OperationId, Principals = Record<never, never>> = RequestOf<operations[Id], Principals>;
export type Reply<Id extends OperationId> = ReplyOf<operations[Id]>;
export type Handlers<Principals = Record<never, never>> = HandlersOf<operations, Principals>;

/**
 * One authenticator for each security scheme. `Principals` is what each finds out, by scheme; handlers get it typed. Only
 * where every operation of a scheme declares 403 may its authenticator return `forbidden`.
 */
export type Authenticators<Principals extends Readonly<Record<SchemeName, unknown>>> = {
  readonly [Name in SchemeName]: Authenticator<Principals[Name], Name extends ForbiddingScheme ? 'forbidden' : never>;
};

/** This service's contract, as it is written. */
export const contract: CompiledContract<Document> = {
  definition,
  operations: Object.values(operationTable),
  securitySchemes,
  corsHeaders,
};

/** The path segment of a contract that `--api-version` replaces. */
const VERSION_PREFIX = '/v1/';
/** How the URLs in a contract's examples begin. */
const EXAMPLE_ROOT = 'http://localhost:8080/v1/';

/** A contract, under the version prefix and the URL that this service is configured with. */
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

/** Makes the function that gives the path of an operation. */
export function pathsOf({ operations }: CompiledContract<Document>): (operationId: OperationId) => string {
  const paths = new Map<string, string>(operations.map(({ operationId, path }) => [operationId, path]));
  return (operationId) => paths.get(operationId) ?? '';
}

/** The contract with examples whose links are what this service would give. */
function withExamplesUnder(definition: Document, root: string): Document {
  if (root === EXAMPLE_ROOT) return definition;
  // A URL that was configured can hold what JSON escapes.
  const inJson = JSON.stringify(root).slice(1, -1);
  return JSON.parse(JSON.stringify(definition).replaceAll(EXAMPLE_ROOT, () => inJson));
}
