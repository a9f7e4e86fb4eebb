import { Ajv, type ValidateFunction } from 'ajv';
import { formats } from './schemas.js';

interface RouteSchema {
  readonly schema: object;
  readonly httpPart?: string | undefined;
}

/**
 * Fastify's validators with a compiler for each part of a request, as in its documentation: text in a URL must become
 * numbers, but a body is JSON, and turning an amount of `100` into `"100"` would accept what the contract rejects.
 */
export function createValidatorCompiler(): (route: RouteSchema) => ValidateFunction {
  const options = { removeAdditional: false, allErrors: true, useDefaults: true, formats } as const;
  const body = new Ajv({ ...options, coerceTypes: false });
  const others = new Ajv({ ...options, coerceTypes: 'array' });
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : others).compile(schema);
}
