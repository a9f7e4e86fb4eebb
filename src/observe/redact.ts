/** What JSON must escape: quotes, controls, lone surrogates; and DEL and the C1 controls, which some terminals obey. */
const UNSAFE = /["\\\p{Cc}\p{Cs}]/u;
const CONTROLS = /\p{Cc}/gu;

const REDACTED = '[redacted]';

/** Names of fields whose value is a secret, whatever it looks like. */
const SECRET_NAME = /authorization|cookie|passw(or)?d|passphrase|secret|token|credential|api[-_]?key|private[-_]?key/i;

/** `scheme://user:password@host`: the password goes, up to the last `@`, since some are written without their escapes. */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/?#@]{0,256}):[^\s"'`]{0,1024}@/gi;

/** `password=…` as in a libpq connection string or a query, and `token: …` as in a header that was printed. */
const NAMED_SECRET =
  /\b([\w-]{0,32}(?:passw(?:or)?d|secret|token|api[-_]?key))(["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&;,"'}]+)/gi;

/** The credentials of an Authorization header (RFC 9110, section 11.4). */
const AUTH_SCHEME = /\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}/gi;

/** Longer text is cut before it is searched, which bounds what a line costs. */
const TEXT_LIMIT_CHARS = 32_768;

/** Deeper structures are cut: a log line is not a dump. */
const DEPTH_LIMIT = 8;

/**
 * Takes the secrets out of text: passwords in connection strings, named secrets, credentials of HTTP authentication.
 *
 * @param text - text for a log line
 */
export function redactText(text: string): string {
  const cut = text.length > TEXT_LIMIT_CHARS ? `${text.slice(0, TEXT_LIMIT_CHARS)}…` : text;
  return cut
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(AUTH_SCHEME, `$1 ${REDACTED}`)
    .replace(NAMED_SECRET, `$1$2${REDACTED}`);
}

/**
 * A copy of any value that is fit for a JSON log line: secrets redacted, errors with name, code, message, stack and
 * their chain of causes, big integers as text, cycles and great depth cut.
 *
 * @param value - whatever a caller wants logged
 */
export function loggable(value: unknown): unknown {
  return copy(value, 0);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_LIMIT) return '[cut]';
  if (value instanceof Error) return copyError(value, depth);
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof Map)
    return copyFields(
      [...value].map(([key, item]) => [String(key), item]),
      depth,
    );
  if (value instanceof Set) return [...value].map((item) => copy(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return copyFields(Object.entries(value), depth);
}

function copyFields(fields: [string, unknown][], depth: number): Record<string, unknown> {
  const copied: [string, unknown][] = fields.map(([name, field]) => [
    name,
    SECRET_NAME.test(name) ? REDACTED : copy(field, depth + 1),
  ]);
  return Object.fromEntries(copied);
}

function copyError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error;
  const copied: Record<string, unknown> = {
    name,
    message: redactText(message),
    ...copyFields(Object.entries(own), depth),
  };
  if (typeof stack === 'string') copied.stack = redactText(stack);
  if (cause !== undefined) copied.cause = copy(cause, depth + 1);
  if (error instanceof AggregateError) copied.errors = copy(error.errors, depth + 1);
  return copied;
}

/**
 * Writes text as a JSON string, quotes included. Text that needs no escape, the usual case, costs one scan. Control
 * characters come out escaped, so that a log line cannot forge another or steer a terminal.
 *
 * @param text - untrusted text
 * @param limitChars - longer text is cut here
 */
export function jsonString(text: string, limitChars: number): string {
  const cut = text.length > limitChars ? text.slice(0, limitChars) : text;
  if (!UNSAFE.test(cut)) return `"${cut}"`;
  return JSON.stringify(cut).replace(CONTROLS, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}
