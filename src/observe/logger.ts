import { Writable } from 'node:stream';
import winston from 'winston';
import { jsonString, loggable } from './redact.js';
import type { LogSink } from './sink.js';

/** The key under which winston 3 looks for a line's level (its package triple-beam). */
const LEVEL: unique symbol = Symbol.for('level');

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
  writeLine(line: string): void;
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

/** Deeper structures are cut: a log line is not a dump. */
const DEPTH_LIMIT = 8;

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Makes the service's logger: winston with its own formats, and one sink. */
export function createLogger({ level, sink, format = 'auto' }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && sink.isTerminal === true);
  const write = isPretty ? writePretty(sink) : sink.write;
  // Every chunk is a line.
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      write(line);
      done();
    },
  });
  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    format: jsonFormat(),
    transports: [new winston.transports.Stream({ stream, eol: '' })],
  });

  function log(lineLevel: LogLevel, message: string, facts: LogFacts | undefined): void {
    if (LEVELS[lineLevel] <= LEVELS[level]) logger.write({ [LEVEL]: lineLevel, level: lineLevel, message, facts });
  }

  return {
    error: (message, facts) => log('error', message, facts),
    warn: (message, facts) => log('warn', message, facts),
    info: (message, facts) => log('info', message, facts),
    debug: (message, facts) => log('debug', message, facts),
    isLevelEnabled: (asked) => LEVELS[asked] <= LEVELS[level],
    // Not through winston, whose streams cost a sixth of a request a line (docs/decisions/0021).
    writeLine: write,
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) => sink.flush(timeoutMs),
    flushSync: (timeoutMs = FLUSH_SYNC_TIMEOUT_MS) => sink.flushSync(timeoutMs),
  };
}

/** One JSON object a line, secrets redacted; its own fields win over facts of the same name. */
function jsonFormat(): winston.Logform.Format {
  const json = winston.format.json({ replacer: loggable, maximumDepth: DEPTH_LIMIT, deterministic: false });
  return {
    transform(info) {
      const line = { level: info.level, message: info.message, timestamp: new Date().toISOString() };
      const symbols = { [LEVEL]: info[LEVEL] };
      try {
        return json.transform({ ...line, ...Object(info.facts), ...line, ...symbols }, json.options);
      } catch (error) {
        // A getter that throws, for example: the message matters more than its facts.
        return json.transform({ ...line, facts: `not loggable: ${String(error)}`, ...symbols }, json.options);
      }
    },
  };
}

/** Shows lines of JSON to people: `2026-01-31T12:00:00.000Z info listening port=8080`, in colour on a terminal. */
function writePretty(sink: LogSink): (json: string) => void {
  const colours = winston.format.colorize();
  return (json) => {
    const { level, message, timestamp, ...facts }: Record<string, unknown> = JSON.parse(json);
    const name = String(level);
    let line = `${timestamp} ${sink.isTerminal ? colours.colorize(name, name) : name} ${plain(message)}`;
    let stack = '';
    for (const [name, value] of Object.entries(facts)) {
      if (name === 'error' && isRecord(value) && typeof value.stack === 'string') {
        const { stack: text, ...others } = value;
        stack = `\n${text.split('\n').map(plain).join('\n')}`;
        line += ` ${name}=${plain(JSON.stringify(others))}`;
      } else line += ` ${name}=${plain(typeof value === 'string' ? value : JSON.stringify(value))}`;
    }
    sink.write(line + stack);
  };
}

/** Text without control characters, which could forge a line or steer the terminal. */
function plain(text: unknown): string {
  const string = String(text);
  return jsonString(string, string.length).slice(1, -1).replaceAll('\\"', '"');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
