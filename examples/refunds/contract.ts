import type { Document } from 'openapi-backend';
import type { CompiledContract, HandlersOf, ReplyOf } from '../../src/contract/types.js';
import { definition } from './generated/definition.js';
import {
  corsHeaders,
  type OperationId,
  operations as operationTable,
  securitySchemes,
} from './generated/operations.js';
import type { operations } from './generated/types.js';

export type Reply<Id extends OperationId> = ReplyOf<operations[Id]>;
export type Handlers = HandlersOf<operations>;

export const contract: CompiledContract<Document> = {
  definition,
  operations: Object.values(operationTable),
  securitySchemes,
  corsHeaders,
};
