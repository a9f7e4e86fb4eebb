import winston from 'winston';
import Transport from 'winston-transport';
import { jsonString, loggable } from './redact.js';
import type { LogSink } from './sink.js';

/** The keys under which winston 3 looks for a line's level and its finished text (its package triple-beam). */
const LEVEL: unique symbol = Symbol.for('level');
const MESSAGE: unique symbol = Symbol.for('message');

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type LogFormat = 'auto' | 'json' | 'pretty';

/** What a line says beside its message. Errors are written with stack and causes; secrets are redacted. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger {
  error(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  debug(message: string, facts?: LogFacts): void;
  isLevelEnabled(level: LogLevel): boolean;
  /** Writes a line that is JSON already. It must hold `level`, `message` and `timestamp`, and no secret. */
  writeLine(level: LogLevel, line: string): void;
  /** Resolves when every line is with the kernel, or after `timeoutMs` where its reader stalls. */
  flush(timeoutMs?: number): Promise<void>;
  /** As `flush`, for an exit that cannot wait for a promise. */
  flushSync(timeoutMs?: number): void;
}

export interface LoggerOptions {
  /** The least severe level that is written. */
  readonly level: LogLevel;
  readonly sink: LogSink;
  /** One JSON object a line, or lines for people; `auto`, the default, is for people on a terminal. */
  readonly format?: LogFormat;
}

const FLUSH_TIMEOUT_MS = 1000;
const FLUSH_SYNC_TIMEOUT_MS = 500;

/** The same trouble is reported at most this often. */
const QUIET_MS = 10_000;

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/**
 * Makes the service's logger: winston with its own formats, and one sink.
 *
 * @param options - see `LoggerOptions`
 */
export function createLogger({ level, sink, format = 'auto' }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && sink.isTerminal === true);
  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    format: isPretty ? prettyFormat(sink.isTerminal === true) : jsonFormat(),
    transports: [new SinkTransport(sink)],
  });

  function log(lineLevel: LogLevel, message: string, facts: LogFacts | undefined): void {
    if (LEVELS[lineLevel] <= LEVELS[level]) logger.write({ [LEVEL]: lineLevel, level: lineLevel, message, facts });
  }

  function writeLine(lineLevel: LogLevel, line: string): void {
    // Not through winston, whose streams cost a sixth of a request a line (docs/decisions/0021).
    if (!isPretty) sink.write(line);
    else logger.write({ [LEVEL]: lineLevel, ...JSON.parse(line) });
  }

  return {
    error: (message, facts) => log('error', message, facts),
    warn: (message, facts) => log('warn', message, facts),
    info: (message, facts) => log('info', message, facts),
    debug: (message, facts) => log('debug', message, facts),
    isLevelEnabled: (asked) => LEVELS[asked] <= LEVELS[level],
    writeLine,
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) => sink.flush(timeoutMs),
    flushSync: (timeoutMs = FLUSH_SYNC_TIMEOUT_MS) => sink.flushSync(timeoutMs),
  };
}

/** One JSON object a line. */
function jsonFormat(): winston.Logform.Format {
  return winston.format.combine(fitForLog(), winston.format.json({ deterministic: false }));
}

/** `2026-01-31T12:00:00.000Z info listening port=8080`, in colour on a terminal. */
function prettyFormat(hasColour: boolean): winston.Logform.Format {
  const { combine, colorize, printf } = winston.format;
  return combine(fitForLog(), ...(hasColour ? [colorize()] : []), printf(prettyLine));
}

/** Redacts secrets, and puts the line's own fields first: they win over facts of the same name. */
const fitForLog = winston.format(({ level, message, timestamp = new Date().toISOString(), facts, ...rest }) => {
  const line = { level, message: loggable(message), timestamp };
  const symbols = { [LEVEL]: rest[LEVEL] };
  try {
    return { ...line, ...rest, ...Object(loggable(facts)), ...line, ...symbols };
  } catch (error) {
    // A getter that throws, for example: the message matters more than its facts.
    return { ...line, facts: `not loggable: ${String(error)}`, ...symbols };
  }
});

function prettyLine({ level, message, timestamp, ...facts }: winston.Logform.TransformableInfo): string {
  let line = `${timestamp} ${level} ${plain(message)}`;
  let stack = '';
  for (const [name, value] of Object.entries(facts)) {
    if (name === 'error' && isRecord(value) && typeof value.stack === 'string') {
      const { stack: text, ...others } = value;
      stack = `\n${text.split('\n').map(plain).join('\n')}`;
      line += ` ${name}=${plain(JSON.stringify(others))}`;
    } else line += ` ${name}=${plain(typeof value === 'string' ? value : JSON.stringify(value))}`;
  }
  return line + stack;
}

/** Text without control characters, which could forge a line or steer the terminal. */
function plain(text: unknown): string {
  const string = String(text);
  return jsonString(string, string.length).slice(1, -1).replaceAll('\\"', '"');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

class SinkTransport extends Transport {
  readonly #sink: LogSink;

  constructor(sink: LogSink) {
    super();
    this.#sink = sink;
  }

  override log(info: { readonly [MESSAGE]: string }, next: () => void): void {
    this.#sink.write(info[MESSAGE]);
    next();
  }
}

/**
 * Limits how often the same trouble is reported: at most once in ten seconds, and the next report is told how many
 * were left out.
 *
 * @param report - reports it; `suppressed` is the number of calls since the last report that were left out
 * @param now - monotonic time, ms
 */
export function quietly<Args extends readonly unknown[]>(
  report: (suppressed: number, ...args: Args) => void,
  now: () => number = () => performance.now(),
): (...args: Args) => void {
  let quietUntilMs = -Infinity;
  let suppressed = 0;
  return (...args) => {
    if (now() < quietUntilMs) {
      suppressed += 1;
      return;
    }
    quietUntilMs = now() + QUIET_MS;
    const left = suppressed;
    suppressed = 0;
    report(left, ...args);
  };
}
