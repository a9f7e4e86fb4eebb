import type { Contract } from '../contract.js';
import {
  type BodyContent,
  type HeaderModel,
  type OperationModel,
  type ParameterModel,
  type ReplyModel,
  securitySchemes,
} from '../model/operations.js';
import { banner } from './banner.js';
import { createTypeWriter, type TypeWriter } from './schema-types.js';
import { docComment, indent } from './text.js';

const PLACES = ['query', 'header', 'path', 'cookie'] as const;

/**
 * The TypeScript types of a contract: its schemas, and each operation's requests and replies.
 *
 * @param contract - checked
 * @returns the text of `types.ts`
 */
export function typesFile(contract: Contract, operations: readonly OperationModel[]): string {
  const writer = createTypeWriter(contract.document);
  const schemes = securitySchemes(contract.document).map(({ name }) => JSON.stringify(name));
  const usesFiles = operations.some(({ body }) => body?.content.some(({ kind }) => kind === 'multipart'));
  return [
    banner(contract),
    ...(usesFiles ? [FILE_INTERFACE] : []),
    writer.components(),
    '',
    `export interface operations {\n${operations.map((operation) => indent(operationType(operation, writer))).join('\n')}\n}`,
    '',
    '/** The names of the security schemes; the application has an authenticator for each. */',
    `export type SchemeName = ${schemes.join(' | ') || 'never'};`,
    '',
    '/** Those whose authenticators may forbid: every operation that requires them declares 403. */',
    `export type ForbiddingScheme = ${schemes.filter((name) => mayForbid(JSON.parse(name), operations)).join(' | ') || 'never'};`,
    '',
  ].join('\n');
}

function mayForbid(scheme: string, operations: readonly OperationModel[]): boolean {
  const users = operations.filter(({ security }) => security.some((one) => Object.hasOwn(one, scheme)));
  return users.every(({ replies }) => replies.some(({ statuses }) => statuses.includes(403)));
}

const FILE_INTERFACE = `/** A file of a multipart form. */
export interface UploadedFile {
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
`;

function operationType(operation: OperationModel, writer: TypeWriter): string {
  const { operationId, parameters, body, replies, security } = operation;
  const lines = [
    `readonly parameters: {\n${PLACES.map((place) => indent(parametersType(place, parameters, writer))).join('\n')}\n};`,
    bodyType(body, writer),
    `readonly responses: ${responsesType(replies, writer)};`,
    `readonly security: ${securityType(security)};`,
  ];
  return `${docComment({ ...operation })}readonly ${JSON.stringify(operationId)}: {\n${indent(lines.join('\n'))}\n};`;
}

function parametersType(
  place: (typeof PLACES)[number],
  parameters: readonly ParameterModel[],
  writer: TypeWriter,
): string {
  const own = parameters.filter((parameter) => parameter.in === place);
  if (own.length === 0) return `readonly ${place}?: never;`;
  const isThere = ({ required, form }: ParameterModel) => required || form.default !== undefined;
  const members = own.map((parameter) => {
    const type = writer.typeOf(parameter.schema, 'request');
    const whole = parameter.form.allowsEmpty === true ? `${type} | ""` : type;
    return `${docComment({ description: parameter.description })}readonly ${JSON.stringify(parameter.name)}${isThere(parameter) ? '' : '?'}: ${whole};`;
  });
  return `readonly ${place}${own.some(isThere) ? '' : '?'}: {\n${indent(members.join('\n'))}\n};`;
}

function bodyType(body: OperationModel['body'], writer: TypeWriter): string {
  if (body === null) return 'readonly requestBody?: never;';
  const content = body.content.map((one) => `readonly ${JSON.stringify(one.mediaType)}: ${contentType(one, writer)};`);
  return `readonly requestBody${body.required ? '' : '?'}: {\n  readonly content: {\n${indent(indent(content.join('\n')))}\n  };\n};`;
}

function contentType({ kind, schema }: BodyContent, writer: TypeWriter): string {
  if (kind === 'binary') return 'Uint8Array';
  if (kind === 'text') return schema === undefined ? 'string' : writer.typeOf(schema, 'request');
  return schema === undefined ? 'unknown' : writer.typeOf(schema, 'request');
}

function responsesType(replies: readonly ReplyModel[], writer: TypeWriter): string {
  const own = replies.filter(({ statuses }) => statuses.length === 1);
  const members = own.map((reply) => `\n${indent(`readonly ${reply.statuses[0]}: ${replyType(reply, writer)};`)}`);
  // The statuses of a range or default.
  const others = replies.filter(({ statuses }) => statuses.length > 1);
  const mapped = others.map(
    (reply) => `{ readonly [Status in ${reply.statuses.join(' | ')}]: ${replyType(reply, writer)} }`,
  );
  return [`{${members.join('')}\n}`, ...mapped].join(' & ');
}

function replyType({ headers, content }: ReplyModel, writer: TypeWriter): string {
  const bodies = content.map(({ mediaType, kind, schema }) => {
    const free = kind === 'text' ? 'string' : 'unknown';
    const type = kind === 'binary' ? 'Uint8Array' : schema === undefined ? free : writer.typeOf(schema, 'reply');
    return `readonly ${JSON.stringify(mediaType)}: ${type};`;
  });
  const fields = headers.map((header) => `\n${indent(headerType(header, writer))}`);
  const inner = [
    fields.length === 0 ? 'readonly headers: Record<never, never>;' : `readonly headers: {${fields.join('')}\n};`,
    bodies.length === 0 ? 'readonly content?: never;' : `readonly content: {\n${indent(bodies.join('\n'))}\n};`,
  ].join('\n');
  return `{\n${indent(inner)}\n}`;
}

function headerType({ name, required, description, schema }: HeaderModel, writer: TypeWriter): string {
  const type = writer.typeOf(schema, 'reply');
  return `${docComment({ description })}readonly ${JSON.stringify(name)}${required ? '' : '?'}: ${type};`;
}

/** A list for each alternative, with the schemes that must all be satisfied. */
function securityType(security: OperationModel['security']): string {
  if (security.length === 0) return 'readonly []';
  return security
    .map(
      (one) =>
        `readonly [${Object.keys(one)
          .map((name) => JSON.stringify(name))
          .join(', ')}]`,
    )
    .join(' | ');
}
