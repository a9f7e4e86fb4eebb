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

/**
 * Takes the secrets out of text: passwords in connection strings, named secrets, credentials of HTTP authentication.
 */
function redactText(text: string): string {
  const cut = text.length > TEXT_LIMIT_CHARS ? `${text.slice(0, TEXT_LIMIT_CHARS)}…` : text;
  return cut
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(AUTH_SCHEME, `$1 ${REDACTED}`)
    .replace(NAMED_SECRET, `$1$2${REDACTED}`);
}

/**
 * What takes the place of a value in a JSON log line, as a replacer of `JSON.stringify`: secrets are redacted, errors have
 * name, code, message, stack and their chain of causes, big integers are text.
 */
export function loggable(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return REDACTED;
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return fieldsOf(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return ArrayBuffer.isView(value) ? `[${value.byteLength} bytes]` : value;
}

function fieldsOf(error: Error): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error;
  return { name, message, ...own, stack, cause, ...(error instanceof AggregateError && { errors: error.errors }) };
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
