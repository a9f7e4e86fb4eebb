import { banner } from './banner.js';
import { bundle } from './bundle.js';
import { compileSchemas } from './compile.js';
import type { Contract } from './contract.js';
import type { Schema } from './document.js';
import type { OperationModel, ParameterModel } from './operations.js';
import { SchemaTable } from './schema-table.js';

const interfaces = `
/** One fault, as Ajv reports it. \`instancePath\` is a JSON pointer into the value that was checked. */
export interface ValidationFault {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/**
 * Whether a value keeps the contract. After a call that answered false, and until the next call, \`errors\` holds every
 * fault; it is shared by all callers, so take it before anything else runs.
 */
export interface Validator<T = unknown> {
  (value: unknown): value is T;
  readonly errors?: readonly ValidationFault[] | null;
}

/**
 * The validators of one operation. Query, path and headers are objects by parameter name, integers already turned
 * into numbers; header names are in lower case. A reply without a JSON body has null.
 */
export interface OperationValidators<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Validator<Params>;
  readonly query: Validator<Query>;
  readonly headers: Validator;
  readonly body: Validator<Body> | null;
  readonly reply: Readonly<Record<number, Validator | null>>;
}
`;

/**
 * The validators of a contract: JavaScript that needs nothing at run time, typed by a few interfaces at its head.
 *
 * @param contract - where the operations come from
 * @param operations - the contract's operations
 * @returns the text of `validators.ts`
 * @throws ContractError when a schema does not compile
 */
export async function validatorsFile(contract: Contract, operations: readonly OperationModel[]): Promise<string> {
  const schemas = new SchemaTable();
  const entries = operations.map((operation) => operationEntry(operation, schemas));
  const table = `export const validators = {\n${entries.join('\n')}\n};\n`;
  const code = await bundle(compileSchemas(contract.name, schemas), schemas.names(), table);
  return [
    '// @ts-nocheck: compiled code; its types are those of the interfaces below.',
    banner(contract),
    "import type { operations } from './types.js';",
    interfaces,
    typesOf(operations),
    withTypedExport(code),
  ].join('\n');
}

function operationEntry(operation: OperationModel, schemas: SchemaTable): string {
  const { operationId, parameters, body, replies } = operation;
  const refusesUnknownQuery = replies.some((reply) => reply.status === 400);
  const part = (where: 'path' | 'query' | 'header', closed: boolean) =>
    schemas.add(parametersSchema(parameters, where, closed), `${operationId}, ${where} parameters`);
  const lines = [
    `params: ${part('path', false)},`,
    `query: ${part('query', refusesUnknownQuery)},`,
    `headers: ${part('header', false)},`,
    `body: ${body?.json ? schemas.add(body.json.schema, `${operationId}, request body`) : 'null'},`,
    'reply: {',
    ...replies.map(({ status, json }) => {
      const name = json === null ? 'null' : schemas.add(json.schema, `${operationId}, reply ${status}`);
      return `  ${status}: ${name},`;
    }),
    '},',
  ];
  return `  ${JSON.stringify(operationId)}: {\n${lines.map((line) => `    ${line}`).join('\n')}\n  },`;
}

/** Parameters of one place as the schema of an object; HTTP's header names have no letter case, so lower case. */
function parametersSchema(parameters: readonly ParameterModel[], where: ParameterModel['in'], closed: boolean): Schema {
  const chosen = parameters
    .filter((parameter) => parameter.in === where)
    .map((parameter) => ({ ...parameter, name: where === 'header' ? parameter.name.toLowerCase() : parameter.name }));
  const required = chosen.filter((parameter) => parameter.required).map((parameter) => parameter.name);
  return {
    type: 'object',
    properties: Object.fromEntries(chosen.map((parameter) => [parameter.name, parameter.schema])),
    ...(required.length > 0 ? { required } : {}),
    ...(closed ? { additionalProperties: false } : {}),
  };
}

function typesOf(operations: readonly OperationModel[]): string {
  const lines = operations.map((operation) => {
    const of = `operations[${JSON.stringify(operation.operationId)}]`;
    const has = (place: ParameterModel['in']) => operation.parameters.some((parameter) => parameter.in === place);
    const params = has('path') ? `${of}['parameters']['path']` : 'unknown';
    const query = has('query') ? `NonNullable<${of}['parameters']['query']>` : 'unknown';
    const body = operation.body?.json
      ? `NonNullable<${of}['requestBody']>['content'][${JSON.stringify(operation.body.json.mediaType)}]`
      : 'unknown';
    return `  readonly ${JSON.stringify(operation.operationId)}: OperationValidators<${params}, ${query}, ${body}>;`;
  });
  return `/** The validators of every operation. */\nexport interface Validators {\n${lines.join('\n')}\n}\n`;
}

/** The bundle exports its table as it is; given the interface, importers need not look into compiled code. */
function withTypedExport(code: string): string {
  const plain = /export \{\s*validators\s*\};\s*$/;
  if (!plain.test(code)) throw new Error('the bundle does not end with the export of the validators');
  return code.replace(plain, 'const typed: Validators = validators;\nexport { typed as validators };\n');
}
