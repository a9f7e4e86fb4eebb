import type { Contract } from './contract.js';
import { ContractError } from './contract-error.js';
import {
  type Content,
  type Document,
  type Method,
  methods,
  type Operation,
  type Parameter,
  type Schema,
} from './document.js';
import { follow } from './reference.js';
import { inlineSchema } from './schema.js';

/** One operation of a contract, its references followed and its schemas written out. */
export interface OperationModel {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly tag: string | null;
  readonly parameters: readonly ParameterModel[];
  readonly body: BodyModel | null;
  readonly replies: readonly ReplyModel[];
}

export interface ParameterModel {
  readonly name: string;
  readonly in: Parameter['in'];
  readonly required: boolean;
  readonly schema: Schema;
}

export interface BodyModel {
  readonly required: boolean;
  readonly mediaTypes: readonly string[];
  /** The JSON media type, as the contract spells it, and its schema; null where the body is not JSON. */
  readonly json: JsonContent | null;
}

export interface ReplyModel {
  readonly status: number;
  readonly mediaTypes: readonly string[];
  readonly json: JsonContent | null;
}

export interface JsonContent {
  readonly mediaType: string;
  readonly schema: Schema;
}

/**
 * The operations of a contract, in the contract's order.
 *
 * @param contract - a checked contract
 * @throws ContractError when a schema contains itself, for which no validator is made
 */
export function operationModels(contract: Contract): OperationModel[] {
  const { document } = contract;
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const shared = (item.parameters ?? []).map((parameter) => follow(document, parameter));
      try {
        return [operationModel(document, path, method, operation, shared)];
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ContractError(contract.name, [{ where: `${method} ${path}`, what: error.message }]);
      }
    }),
  );
}

function operationModel(
  document: Document,
  path: string,
  method: Method,
  operation: Operation,
  shared: readonly Parameter[],
): OperationModel {
  const own = (operation.parameters ?? []).map((parameter) => follow(document, parameter));
  const inherited = shared.filter((outer) => !own.some((inner) => inner.name === outer.name && inner.in === outer.in));
  const body = operation.requestBody === undefined ? null : follow(document, operation.requestBody);
  return {
    operationId: operation.operationId ?? '',
    method,
    path,
    tag: operation.tags?.[0] ?? null,
    parameters: [...inherited, ...own].map((parameter) => ({
      name: parameter.name,
      in: parameter.in,
      required: parameter.required === true,
      schema: inlineSchema(document, parameter.schema ?? {}),
    })),
    body: body && { required: body.required === true, ...contentModel(document, body.content) },
    replies: Object.entries(operation.responses).map(([status, response]) => ({
      status: Number(status),
      ...contentModel(document, follow(document, response).content ?? {}),
    })),
  };
}

function contentModel(document: Document, content: Content): { mediaTypes: string[]; json: JsonContent | null } {
  const mediaTypes = Object.keys(content);
  const mediaType = mediaTypes.find((type) => /^application\/([^;]+\+)?json\b/i.test(type));
  const schema = mediaType === undefined ? undefined : content[mediaType]?.schema;
  const json =
    mediaType === undefined || schema === undefined ? null : { mediaType, schema: inlineSchema(document, schema) };
  return { mediaTypes, json };
}
