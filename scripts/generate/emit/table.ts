import type { Contract } from '../contract.js';
import { type BodyContent, type OperationModel, type ReplyModel, securitySchemes } from '../model/operations.js';
import { banner } from './banner.js';
import { indent } from './text.js';

const PLACES = ['path', 'query', 'header', 'cookie'] as const;
/** Headers that browsers let pages read by default (Fetch standard), and those of the connection. */
const SAFELISTED = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
];

/**
 * The table of a contract's operations.
 *
 * @returns the text of `operations.ts`
 */
export function tableFile(contract: Contract, operations: readonly OperationModel[]): string {
  const schemes = securitySchemes(contract.document);
  return [
    banner(contract),
    "import type { operations as OperationTypes } from './types.js';",
    "import { validators } from './validators.js';",
    '',
    'export type OperationId = keyof OperationTypes;',
    '',
    "/** Every operation of the contract, by its id, in the contract's order. */",
    `export const operations = {\n${operations.map((operation) => indent(entry(operation))).join('\n')}\n} as const;`,
    '',
    '/** Where the credentials of each security scheme are. */',
    `export const securitySchemes = {\n${schemes.map(({ name, ...scheme }) => `  ${JSON.stringify(name)}: ${JSON.stringify({ name, ...scheme })},\n`).join('')}} as const;`,
    '',
    '/** The headers that pages of other origins need to send and to read. */',
    `export const corsHeaders = ${JSON.stringify(corsHeaders(operations, contract), null, 2)} as const;`,
    '',
  ].join('\n');
}

function entry(operation: OperationModel): string {
  const { operationId, method, path, replies, parameters, body, security } = operation;
  const id = JSON.stringify(operationId);
  const statuses = replies.flatMap((reply) => reply.statuses);
  const forms = (place: (typeof PLACES)[number]) =>
    parameters.filter((one) => one.in === place).map(({ form }) => JSON.stringify(form));
  const lines = [
    `operationId: ${id},`,
    `method: ${JSON.stringify(method)},`,
    `path: ${JSON.stringify(path)},`,
    `security: ${JSON.stringify(security)},`,
    `statuses: [${statuses.join(', ')}],`,
    'parameters: {',
    ...PLACES.map((place) => `  ${block(place, '[', forms(place), ']')}`),
    '},',
    `requestBody: ${body === null ? 'null' : `{ required: ${body.required}, content: [\n${body.content.map((one) => `  ${bodyEntry(one)},`).join('\n')}\n] }`},`,
    'replies: {',
    ...replies.flatMap((reply) => reply.statuses.map((status) => `  ${status}: ${replyEntry(reply)},`)),
    '},',
    `validators: validators[${id}],`,
  ];
  return `${id}: {\n${indent(lines.join('\n'))}\n},`;
}

function bodyEntry({ mediaType, kind, fields, verbatim, closed }: BodyContent): string {
  return JSON.stringify({ mediaType, kind, fields, verbatim, closed });
}

function replyEntry({ headers, content }: ReplyModel): string {
  return JSON.stringify({
    headers: headers.filter(({ required }) => required).map(({ name }) => name),
    content: content.map(({ schema: _, ...facts }) => facts),
  });
}

/** One property per line, for readable diffs. */
function block(name: string, open: string, lines: readonly string[], close: string): string {
  if (lines.length === 0) return `${name}: ${open}${close},`;
  return `${name}: ${open}\n${lines.map((line) => `    ${line},`).join('\n')}\n  ${close},`;
}

function corsHeaders(operations: readonly OperationModel[], contract: Contract) {
  const sent = operations.flatMap(({ parameters }) =>
    parameters.filter((one) => one.in === 'header').map(({ name }) => name),
  );
  const keys = securitySchemes(contract.document).map((scheme) =>
    scheme.kind === 'apiKey' ? (scheme.in === 'header' ? scheme.key : null) : 'Authorization',
  );
  const bodies = operations.some(({ body }) => body !== null) ? ['Content-Type'] : [];
  const read = operations.flatMap(({ replies }) => replies.flatMap(({ headers }) => headers.map(({ name }) => name)));
  return {
    allowed: distinct([...bodies, ...sent, ...keys.filter((key) => key !== null)]),
    exposed: distinct(read).filter((name) => !SAFELISTED.includes(name.toLowerCase())),
  };
}

/** Header names are case-insensitive. */
function distinct(names: readonly string[]): string[] {
  const known = new Map<string, string>();
  for (const name of names) if (!known.has(name.toLowerCase())) known.set(name.toLowerCase(), name);
  return [...known.values()].sort();
}
