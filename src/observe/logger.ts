import winston from 'winston';
import type { RequestFacts } from './facts.js';
import type { LogSink } from './sink.js';

/** The key of a formatted line in winston 3 (package triple-beam). */
const MESSAGE: unique symbol = Symbol.for('message');

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type LogFormat = 'auto' | 'json' | 'pretty';

/** The fields of a line. Errors are written with stack and causes; secrets are redacted. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger
  extends Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>,
    Pick<LogSink, 'flush' | 'flushSync'> {
  isLevelEnabled(level: LogLevel): boolean;
  /** Writes a line of JSON, which must have `level`, `message` and `timestamp`, and no secret. */
  writeLine(line: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly sink: LogSink;
  /** One JSON object per line, or readable lines; `auto`, the default, prints readable lines on a terminal. */
  readonly format?: LogFormat;
  /** Whether readable lines on a terminal are coloured; true by default. */
  readonly isColoured?: boolean;
}

/** Deeper structures are cut off. */
const DEPTH_LIMIT = 8;

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Winston's formats, and one sink. */
export function createLogger({ level, sink, format = 'auto', isColoured = true }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && sink.isTerminal === true);
  const writeLine = isPretty ? writePretty(sink, isColoured && sink.isTerminal === true) : sink.write;
  const isLevelEnabled = (asked: LogLevel) => LEVELS[asked] <= LEVELS[level];
  const log = (own: LogLevel) => (message: string, facts?: LogFacts) => {
    if (isLevelEnabled(own)) writeLine(jsonLine(own, message, facts));
  };
  return {
    ...{ error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') },
    isLevelEnabled,
    writeLine,
    flush: sink.flush,
    flushSync: sink.flushSync,
  };
}

const JSON_FORMAT = winston.format.json({ replacer: loggable, maximumDepth: DEPTH_LIMIT, deterministic: false });

/** One JSON object, secrets redacted; `level`, `message` and `timestamp` override facts of the same name. */
function jsonLine(level: LogLevel, message: string, facts?: LogFacts): string {
  const own = { level, message, timestamp: new Date().toISOString() };
  const line = (all?: LogFacts) =>
    String(Object(JSON_FORMAT.transform({ ...own, ...all, ...own }, JSON_FORMAT.options))[MESSAGE]);
  try {
    return line(facts);
  } catch (error) {
    // For example a getter that throws: the message matters more than its facts.
    return line({ facts: `not loggable: ${String(error)}` });
  }
}

/** In readable form: `2026-01-31T12:00:00.000Z info listening port=8080`. */
function writePretty(sink: LogSink, isColoured: boolean): (json: string) => void {
  const colours = winston.format.colorize();
  return (json) => {
    const { level, message, timestamp, ...facts }: Record<string, unknown> = JSON.parse(json);
    const name = String(level);
    let line = `${timestamp} ${isColoured ? colours.colorize(name, name) : name} ${plain(message)}`;
    let stack = '';
    for (const [name, value] of Object.entries(facts)) {
      const { stack: text, ...others }: Record<string, unknown> = Object(value);
      if (name === 'error' && typeof text === 'string') {
        stack = `\n${text.split('\n').map(plain).join('\n')}`;
        line += ` ${name}=${plain(JSON.stringify(others))}`;
      } else line += ` ${name}=${plain(typeof value === 'string' ? value : JSON.stringify(value))}`;
    }
    sink.write(line + stack);
  };
}

/** Escapes control characters, which could forge a line or control the terminal. */
function plain(text: unknown): string {
  const string = String(text);
  return limitedJson(string, string.length).slice(1, -1).replaceAll('\\"', '"');
}

/** Quotes, backslashes, control characters and lone surrogates; and DEL and C1 controls, which some terminals interpret. */
const UNSAFE = /["\\\p{Cc}\p{Cs}]/u;
const CONTROLS = /\p{Cc}/gu;

const REDACTED = '[redacted]';

/** Fields with these names are secret, whatever their values. The `command` of an error of Redis may be AUTH. */
const SECRET_NAME = /authorization|cookie|pass(w|phrase)|secret|token|credential|(api|private)[-_]?key|^command$/i;

/** `scheme://user:password@host`. Redacted up to the last `@`, because some passwords are not escaped. */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/?#@]{0,256}):[^\s"'`]{0,1024}@/gi;

/** `password=…` as in a libpq connection string or a query, and `token: …` as in a printed header. */
const NAMED_SECRET =
  /\b([\w-]{0,32}(?:passw(?:or)?d|secret|token|api[-_]?key))(["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&;,"'}]+)/gi;

/** The credentials of an Authorization header (RFC 9110, section 11.4). */
const AUTH_SCHEME = /\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}/gi;

/** Longer text is cut before it is searched, which bounds the cost of a line. */
const TEXT_LIMIT_CHARS = 32_768;

/** Redacts secrets in text: passwords in connection strings, named secrets, credentials of HTTP authentication. */
function redactText(text: string): string {
  const cut = text.length > TEXT_LIMIT_CHARS ? `${text.slice(0, TEXT_LIMIT_CHARS)}…` : text;
  return cut
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(AUTH_SCHEME, `$1 ${REDACTED}`)
    .replace(NAMED_SECRET, `$1$2${REDACTED}`);
}

/** The replacer of `JSON.stringify` for log lines: redacts secrets, and converts errors and big integers. */
function loggable(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return REDACTED;
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return fieldsOf(value);
  return ArrayBuffer.isView(value) ? `[${value.byteLength} bytes]` : value;
}

function fieldsOf(error: Error): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error;
  return { name, message, ...own, stack, cause, ...(error instanceof AggregateError && { errors: error.errors }) };
}

/**
 * Writes text as a JSON string. Text without escapes, the usual case, costs one scan. Control characters are escaped,
 * so that a log line cannot forge another or control a terminal.
 */
function limitedJson(text: string, limitChars: number): string {
  const cut = text.length > limitChars ? text.slice(0, limitChars) : text;
  if (!UNSAFE.test(cut)) return `"${cut}"`;
  return JSON.stringify(cut).replace(CONTROLS, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

const USER_AGENT_LIMIT_CHARS = 256;
const PATH_LIMIT_CHARS = 512;
const NAME_LIMIT_CHARS = 128;

/** `000` to `999`: the thousandths of a duration. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, index) => index.toString().padStart(3, '0'));

export type AccessLog = (facts: RequestFacts) => void;

/**
 * One line for each request, composed by hand, which costs a tenth of winston's formatting. The level is `info`, or
 * `warn` from 500 up, so that `--log-level warn` shows them. The error itself has a separate line.
 */
export function createAccessLog(logger: Logger): AccessLog {
  let timestampMs = 0;
  let timestamp = '';

  return function logRequest(facts) {
    const level = facts.status >= 500 ? 'warn' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    const nowMs = Date.now();
    if (nowMs !== timestampMs) {
      timestampMs = nowMs;
      timestamp = new Date(nowMs).toISOString();
    }
    // Three decimals like this cost half as much as a number's own text, and a fifth of `toFixed`.
    const micros = Math.round(facts.durationMs * 1000);
    const durationMs = `${Math.floor(micros / 1000)}.${THOUSANDTHS[micros % 1000]}`;
    let line =
      `{"level":"${level}","message":"request","timestamp":"${timestamp}"` +
      `,"request_id":${limitedJson(facts.requestId, NAME_LIMIT_CHARS)}` +
      `,"method":${limitedJson(facts.method, NAME_LIMIT_CHARS)}` +
      `,"route":${limitedJson(facts.route, PATH_LIMIT_CHARS)}` +
      `,"path":${limitedJson(facts.path, PATH_LIMIT_CHARS)}` +
      `,"status":${facts.status},"duration_ms":${durationMs},"bytes":${facts.bytes}` +
      `,"client":${limitedJson(facts.client, NAME_LIMIT_CHARS)}`;
    if (facts.userAgent !== undefined) line += `,"user_agent":${limitedJson(facts.userAgent, USER_AGENT_LIMIT_CHARS)}`;
    // The rest is hexadecimal, or a constant name, and needs no escaping.
    if (facts.trace !== null) line += `,"trace_id":"${facts.trace.traceId}"`;
    if (facts.errorCode !== null) line += `,"error_code":"${facts.errorCode}"`;
    if (facts.stage !== null) line += `,"stage":"${facts.stage}"`;
    const cause = facts.cause ?? (facts.status === 503 ? (facts.errorCode ?? 'unhealthy') : null);
    if (cause !== null) line += `,"cause":${limitedJson(cause, NAME_LIMIT_CHARS)}`;
    if (facts.detail !== undefined) line += `,"detail":${limitedJson(facts.detail, PATH_LIMIT_CHARS)}`;
    logger.writeLine(`${line}}`);
  };
}
