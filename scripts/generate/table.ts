import { banner } from './banner.js';
import type { Contract } from './contract.js';
import type { OperationModel, ParameterModel } from './operations.js';

const interfaces = `
export type OperationId = keyof OperationTypes;

export interface OperationParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
}

/** What is known of an operation without looking into the contract. */
export interface Operation {
  readonly operationId: OperationId;
  /** In lower case. */
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace';
  /** The path's template, such as \`/things/{id}\`. */
  readonly path: string;
  readonly tag: string | null;
  readonly statuses: readonly number[];
  readonly parameters: readonly OperationParameter[];
  readonly requestBody: { readonly required: boolean; readonly mediaTypes: readonly string[] } | null;
  /** By status; empty where the answer has no body. */
  readonly replyMediaTypes: Readonly<Record<number, readonly string[]>>;
  readonly validators: OperationValidators;
}
`;

/**
 * The table of a contract's operations.
 *
 * @param contract - where the operations come from
 * @param operations - the contract's operations
 * @returns the text of `operations.ts`
 */
export function tableFile(contract: Contract, operations: readonly OperationModel[]): string {
  return [
    banner(contract),
    "import type { operations as OperationTypes } from './types.js';",
    "import { type OperationValidators, validators } from './validators.js';",
    interfaces,
    "/** Every operation of the contract, by its id, in the contract's order. */",
    `export const operations = {\n${operations.map(entry).join('\n')}\n} as const satisfies { readonly [Id in OperationId]: Operation };`,
    '',
  ].join('\n');
}

function entry(operation: OperationModel): string {
  const { operationId, method, path, tag, replies, parameters, body } = operation;
  const id = JSON.stringify(operationId);
  return [
    `  ${id}: {`,
    `    operationId: ${id},`,
    `    method: ${JSON.stringify(method)},`,
    `    path: ${JSON.stringify(path)},`,
    `    tag: ${JSON.stringify(tag)},`,
    `    statuses: [${replies.map((reply) => reply.status).join(', ')}],`,
    ...block('parameters', '[', parameters.map(parameterEntry), ']'),
    `    requestBody: ${JSON.stringify(body && { required: body.required, mediaTypes: body.mediaTypes })},`,
    ...block(
      'replyMediaTypes',
      '{',
      replies.map((reply) => `${reply.status}: ${JSON.stringify(reply.mediaTypes)}`),
      '}',
    ),
    `    validators: validators[${id}],`,
    '  },',
  ].join('\n');
}

function parameterEntry({ name, in: place, required, schema }: ParameterModel): string {
  const type = typeof schema.type === 'string' ? schema.type : 'string';
  return JSON.stringify({ name, in: place, required, type });
}

/** One member a line, so that a change of the contract is a change of a line. */
function block(name: string, open: string, lines: readonly string[], close: string): string[] {
  return [`    ${name}: ${open}`, ...lines.map((line) => `      ${line},`), `    ${close},`];
}
