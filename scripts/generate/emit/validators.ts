import { walk } from '../check/walk.js';
import type { Contract } from '../contract.js';
import { ContractError, type Rejection } from '../contract-error.js';
import type { Schema } from '../model/document.js';
import { type Direction, jsonSchema, schemaId } from '../model/json-schema.js';
import type { OperationModel, ParameterModel, ReplyModel } from '../model/operations.js';
import { banner } from './banner.js';
import { bundle } from './bundle.js';
import { type Compiler, createCompiler } from './compile.js';
import { invalidOwnParts } from './own-responses.js';

/** Structurally those of `src/contract/types.ts`, which the compiler compares. */
const interfaces = `
/** \`errors\` must be read before the next call. Validators of requests apply defaults and drop readOnly properties. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly message?: string;
  }[] | null;
}
type ByMediaType = Readonly<Record<string, Validator | null>>;
type OfParameters = { readonly [Place in 'path' | 'query' | 'header' | 'cookie']: Validator | null };
export interface OperationValidators extends OfParameters {
  readonly body: ByMediaType;
  readonly reply: Readonly<Record<number, { readonly headers: Validator | null; readonly content: ByMediaType }>>;
}
`;

/**
 * The validators of a contract: JavaScript without imports, typed by the interfaces at its head.
 *
 * @param contract - checked
 * @returns the text of `validators.ts`
 * @throws ContractError if a default does not fit its schema, or what the service sends does not fit its response
 */
export async function validatorsFile(contract: Contract, operations: readonly OperationModel[]): Promise<string> {
  const requests = new SchemaTable(contract, 'request');
  const replies = new SchemaTable(contract, 'reply');
  const rejections = [
    ...misfittingDefaults(contract, requests),
    ...invalidOwnParts(contract, operations, replies.compiler),
  ];
  if (rejections.length > 0) throw new ContractError(rejections);
  const entries = operations.map((operation) => operationEntry(operation, requests, replies));
  const table = [
    `import * as request from 'contract-requests';`,
    `import * as reply from 'contract-replies';`,
    `export const validators = {\n${entries.join('\n')}\n};\n`,
  ].join('\n');
  const compiled = new Map([
    ['contract-requests', requests.source()],
    ['contract-replies', replies.source()],
  ]);
  // The generated file is not type-checked: Ajv's code has no types, and callers see the interfaces.
  return [
    '// @ts-nocheck: compiled code; its types are those of the interfaces below.',
    banner(contract),
    interfaces,
    `export type Validators = { readonly [OperationId in ${union(operations)}]: OperationValidators };\n`,
    withTypedExport(await bundle(compiled, table)),
  ].join('\n');
}

/** All schemas by the name of their validator; shared schemas are compiled once. */
class SchemaTable {
  readonly #names = new Map<string, string>();
  readonly #schemas = new Map<string, Schema>();
  readonly compiler: Compiler;

  constructor(
    readonly contract: Contract,
    readonly direction: Direction,
  ) {
    this.compiler = createCompiler(direction);
    for (const [name, schema] of Object.entries(contract.document.components?.schemas ?? {})) {
      this.compiler.add(schemaId(name, direction), jsonSchema(contract.document, schema, direction));
    }
  }

  /** The expression for the validator of a schema. */
  add(schema: Schema): string {
    const text = JSON.stringify(schema);
    const name = this.#names.get(text) ?? `validator${this.#names.size}`;
    this.#names.set(text, name);
    this.#schemas.set(name, schema);
    return `${this.direction}.${name}`;
  }

  /** The same for a schema of the contract; null if there is none, or if the value is not JSON. */
  addOf(schema: unknown): string {
    return schema === undefined ? 'null' : this.add(jsonSchema(this.contract.document, schema, this.direction));
  }

  source(): string {
    return this.compiler.sourceOf(this.#schemas);
  }
}

function operationEntry(operation: OperationModel, requests: SchemaTable, replies: SchemaTable): string {
  const { operationId, parameters, body, replies: declared } = operation;
  const isClosed = declares400(declared);
  const lines = [
    ...(['path', 'query', 'header', 'cookie'] as const).map((place) => {
      const own = parameters.filter((parameter) => parameter.in === place);
      const takesAnything = own.every((parameter) => parameter.takesAnything) && !(place === 'query' && isClosed);
      return `${place}: ${takesAnything ? 'null' : requests.add(parametersSchema(own, place === 'query' && isClosed, requests))},`;
    }),
    'body: {',
    ...(body?.content ?? []).map(
      ({ mediaType, kind, schema }) =>
        `  ${JSON.stringify(mediaType)}: ${kind === 'binary' ? 'null' : requests.addOf(schema)},`,
    ),
    '},',
    'reply: {',
    ...declared.flatMap((reply) => reply.statuses.map((status) => `  ${status}: ${replyEntry(reply, replies)},`)),
    '},',
  ];
  return `  ${JSON.stringify(operationId)}: {\n${lines.map((line) => `    ${line}`).join('\n')}\n  },`;
}

function replyEntry({ headers, content }: ReplyModel, replies: SchemaTable): string {
  const bodies = content.map(
    ({ mediaType, kind, schema }) =>
      `${JSON.stringify(mediaType)}: ${kind === 'binary' ? 'null' : replies.addOf(schema)}`,
  );
  const properties = Object.fromEntries(
    headers.map(({ name, schema }) => [name.toLowerCase(), jsonSchema(replies.contract.document, schema, 'reply')]),
  );
  // Required headers are in the table of operations: the service adds some of them after the check.
  const ofHeaders = headers.length === 0 ? 'null' : replies.add({ type: 'object', properties });
  return `{ headers: ${ofHeaders}, content: { ${bodies.join(', ')} } }`;
}

function declares400(replies: readonly ReplyModel[]): boolean {
  return replies.some(({ statuses }) => statuses.includes(400));
}

/** Parameters of one location as an object schema; header names in lower case, because they are case-insensitive. */
function parametersSchema(parameters: readonly ParameterModel[], isClosed: boolean, { contract }: SchemaTable): Schema {
  const entries = parameters.map(({ form, schema }) => {
    const written = jsonSchema(contract.document, schema, 'request');
    const whole = form.allowsEmpty === true ? { anyOf: [written, { enum: [''] }] } : written;
    return [form.name, form.allowsEmpty === false ? { allOf: [whole, { not: { enum: [''] } }] } : whole];
  });
  const required = parameters.filter((parameter) => parameter.required).map(({ form }) => form.name);
  return {
    type: 'object',
    properties: Object.fromEntries(entries),
    ...(required.length > 0 && { required }),
    ...(isClosed && { additionalProperties: false }),
  };
}

function misfittingDefaults({ document, reject }: Contract, { compiler }: SchemaTable): Rejection[] {
  const schemas = walk(document, () => {}).filter(({ kind, value }) => kind === 'Schema' && 'default' in value);
  return schemas.flatMap(({ path, value }) => {
    const { default: _, ...rest } = jsonSchema(document, value, 'request');
    const what = compiler.errorOf(rest, value.default);
    return what === null ? [] : [reject([...path, 'default'], `does not fit its schema: ${what}`)];
  });
}

function union(operations: readonly OperationModel[]): string {
  return operations.map(({ operationId }) => JSON.stringify(operationId)).join(' | ') || 'never';
}

/** The bundle exports an untyped table; with the interface, the compiler need not read compiled code. */
function withTypedExport(code: string): string {
  const plain = /export \{\s*validators\s*\};\s*$/;
  if (!plain.test(code)) throw new Error('the bundle does not end with the export of the validators');
  return code.replace(plain, 'const typed: Validators = validators;\nexport { typed as validators };\n');
}
