import { JsonBytes, JsonPieces } from './json/json-text.js';
import { essenceOf, negotiate } from './media-types.js';
import type {
  AnyReply,
  CompiledOperation,
  HandlerReply,
  ProblemDetails,
  ReplyContent,
  ValidationError,
} from './types.js';

/** Responses with these statuses never have a body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
export const BODILESS_STATUSES: readonly number[] = [204, 205, 304];

/** Prepares a handler's reply for writing: JSON as text, the representation by `Accept`, no body if there is none. */
export function finishReply(operation: CompiledOperation, reply: HandlerReply, accept: string | undefined): AnyReply {
  const { status, problem, body: value } = reply;
  const headers = reply.headers && textHeaders(reply.headers);
  const common = headers ? { status, headers } : { status };
  if (BODILESS_STATUSES.includes(status)) return common;
  if (problem) return headers ? { status, headers, problem } : { status, problem };
  const declared = operation.replies[status]?.content ?? [];
  if (reply.content) return negotiated(common, reply.content, declared, accept);
  if (value === undefined) return common;
  const content = reply.contentType ? declaredAs(declared, reply.contentType) : declared[0];
  const contentType = reply.contentType ?? content?.mediaType ?? 'application/json';
  const body = bodyOf(content, value);
  if (content?.hasSecrets) expectNoSecrets(operation, status, content, body);
  return headers ? { status, headers, contentType, body } : { status, contentType, body };
}

/** @throws Error if a writeOnly property is present: better no response than that one */
function expectNoSecrets(
  { operationId, validators }: CompiledOperation,
  status: number,
  { mediaType }: ReplyContent,
  body: unknown,
): void {
  const validate = validators.reply[status]?.content[mediaType];
  if (!validate || validate(JSON.parse(String(body)))) return;
  const secret = validate.errors?.find(({ keyword }) => keyword === 'false schema');
  if (secret) throw new Error(`${operationId} returned ${secret.instancePath}, which is writeOnly`);
}

/** The media types of successes, or null if the operation has no 406. */
export function successMediaTypes({ statuses, replies }: CompiledOperation): readonly string[] | null {
  if (!statuses.includes(406)) return null;
  const successes = statuses.filter((status) => status < 300);
  return successes.flatMap((status) => (replies[status]?.content ?? []).map(({ mediaType }) => mediaType));
}

function negotiated(
  common: Pick<AnyReply, 'status' | 'headers'>,
  content: Readonly<Record<string, () => unknown>>,
  declared: readonly ReplyContent[],
  accept: string | undefined,
): AnyReply {
  const offered = declared.map(({ mediaType }) => mediaType).filter((mediaType) => Object.hasOwn(content, mediaType));
  const contentType = negotiate(accept, offered) ?? offered[0] ?? '';
  const headers = { ...common.headers, Vary: [common.headers?.Vary ?? [], 'Accept'].flat().join(', ') };
  return { ...common, headers, contentType, body: bodyOf(declaredAs(declared, contentType), content[contentType]?.()) };
}

function declaredAs(declared: readonly ReplyContent[], contentType: string): ReplyContent | undefined {
  return declared.find(({ mediaType }) => essenceOf(mediaType) === essenceOf(contentType));
}

function bodyOf(content: ReplyContent | undefined, value: unknown): string | Buffer | object {
  if (content?.kind === 'json') {
    const isText = value instanceof JsonPieces || value instanceof JsonBytes;
    if (isText || (typeof value === 'string' && !content.maybeString)) return value;
    return JSON.stringify(value) ?? 'null';
  }
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? value : Buffer.from(value);
  return typeof value === 'object' && value !== null ? value : (JSON.stringify(value) ?? '');
}

function textHeaders(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> {
  for (const name in headers) {
    if (typeof headers[name] === 'string') continue;
    const given = Object.entries(headers).filter(([, value]) => value !== undefined);
    // A list is joined by commas (style `simple`).
    return Object.fromEntries(given.map(([each, value]) => [each, [value].flat().join(', ')]));
  }
  return headers as Readonly<Record<string, string>>;
}

export interface ReplyCheckResult {
  readonly operationId: string;
  readonly status: number;
  readonly error: string | null;
}

interface ReplyCheckOptions {
  /** The share of replies to check (0 to 1). */
  readonly share: number;
  readonly renderProblem: (problem: ProblemDetails, status: number) => string;
  readonly onResult: (result: ReplyCheckResult) => void;
}

/** Headers that the service adds after the check. */
const OWN_HEADERS = ['x-request-id'];
const OWN_HEADERS_OF_PROBLEMS = [...OWN_HEADERS, 'retry-after', 'www-authenticate', 'cache-control'];

/**
 * Checks the values of a sample of the replies; the compiler checks their types. Replies are never changed or delayed. A
 * failed check counts as invalid. Bodies in pieces are not checked.
 */
export function createReplyCheck({ share, renderProblem, onResult }: ReplyCheckOptions) {
  function errorOf(operation: CompiledOperation, reply: AnyReply, headers: HandlerReply['headers']): string | null {
    try {
      return headersError(operation, reply, headers) ?? bodyError(operation, reply, renderProblem);
    } catch (error) {
      return `the reply cannot be checked: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  return function checkReply(operation: CompiledOperation, reply: AnyReply, headers?: HandlerReply['headers']): void {
    if (share < 1 && Math.random() >= share) return;
    onResult({ operationId: operation.operationId, status: reply.status, error: errorOf(operation, reply, headers) });
  };
}

/** @param given - the handler's headers, with numbers and lists, which are text in the reply */
function headersError(
  { statuses, replies, validators }: CompiledOperation,
  { status, headers, problem }: AnyReply,
  given: HandlerReply['headers'],
): string | null {
  if (!statuses.includes(status)) return 'the status is not documented';
  const all = Object.entries({ ...headers, ...given });
  const sent = new Map(all.map(([name, value]) => [name.toLowerCase(), value]));
  const own = problem ? OWN_HEADERS_OF_PROBLEMS : OWN_HEADERS;
  const missing = replies[status]?.headers.find(
    (name) => sent.get(name.toLowerCase()) === undefined && !own.includes(name.toLowerCase()),
  );
  if (missing !== undefined) return `the header ${missing} is missing`;
  const validate = validators.reply[status]?.headers;
  return !validate || validate(Object.fromEntries(sent))
    ? null
    : `the header ${(validate.errors ?? []).map(describe).join('; ')}`;
}

function bodyError(
  { replies, validators }: CompiledOperation,
  reply: AnyReply,
  renderProblem: ReplyCheckOptions['renderProblem'],
): string | null {
  const { status, problem } = reply;
  const declared = replies[status]?.content ?? [];
  const content = problem ? renderProblem(problem, status) : reply.body;
  if (content === undefined) return declared.length === 0 ? null : 'the body is missing';
  if (declared.length === 0) return 'there is a body where none is documented';
  const sent = reply.contentType ?? 'application/json';
  const found = declaredAs(declared, sent) ?? (problem && declaredAs(declared, 'application/problem+json'));
  if (!found) return `the media type ${essenceOf(sent)} is not documented`;
  const validate = validators.reply[status]?.content[found.mediaType];
  if (content instanceof JsonPieces) return null;
  const text = content instanceof JsonBytes ? String(content) : content;
  const isText = typeof text === 'string' && found.kind === 'json';
  if (!validate || validate(isText ? JSON.parse(text) : text)) return null;
  return (validate.errors ?? []).map(describe).join('; ');
}

function describe({ instancePath, message }: ValidationError): string {
  return `${instancePath} ${message}`;
}
