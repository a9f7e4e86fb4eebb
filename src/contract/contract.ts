/**
 * What the compiler knows of this service's contract. The only module that imports `generated/`: everything else takes its
 * types from here, so that a change of `api/openapi.yml` surfaces as compile errors at the places it concerns.
 */
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

/** The contract's schemas, as responses hold them. */
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
