import winston from 'winston';
import Transport from 'winston-transport';
import { loggable } from './redact.js';
import type { LogSink } from './sink.js';
import { createTimestamps } from './timestamps.js';

/** The keys under which winston 3 looks for a line's level and its finished text (its package triple-beam). */
const LEVEL: unique symbol = Symbol.for('level');
const MESSAGE: unique symbol = Symbol.for('message');

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says beside its message. Errors are written with stack and causes; secrets are redacted. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger {
  error(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  debug(message: string, facts?: LogFacts): void;
  isLevelEnabled(level: LogLevel): boolean;
  /**
   * Writes a line that is JSON already, or several with line feeds between them. Each must hold `level`, `message` and
   * `timestamp`, and no secret.
   */
  writeLine(level: LogLevel, line: string): void;
  /** Resolves when every line is with the kernel, or after `timeoutMs` where its reader stalls. */
  flush(timeoutMs?: number): Promise<void>;
  /** As `flush`, for an exit that cannot wait for a promise. */
  flushSync(timeoutMs?: number): void;
}

const FLUSH_TIMEOUT_MS = 1000;
const FLUSH_SYNC_TIMEOUT_MS = 500;

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/**
 * Makes the service's logger: winston, one JSON object a line.
 *
 * @param options - `level`: the least severe level that is written; `sink`: where lines go
 */
export function createLogger({ level, sink }: { readonly level: LogLevel; readonly sink: LogSink }): Logger {
  const timestamp = createTimestamps();
  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    // Lines arrive at winston finished, so that nothing is formatted twice.
    format: { transform: (info) => info },
    transports: [new SinkTransport(sink)],
  });

  function writeLine(lineLevel: LogLevel, line: string): void {
    logger.write({ [LEVEL]: lineLevel, [MESSAGE]: line, level: lineLevel, message: '' });
  }

  function log(lineLevel: LogLevel, message: string, facts: LogFacts | undefined): void {
    if (LEVELS[lineLevel] > LEVELS[level]) return;
    writeLine(lineLevel, formatLine(lineLevel, message, timestamp(), facts));
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

/** The line's own members come first and win over facts of the same name. */
function formatLine(level: LogLevel, message: string, timestamp: string, facts: LogFacts | undefined): string {
  const line = { level, message: loggable(message), timestamp };
  if (facts === undefined) return JSON.stringify(line);
  try {
    return JSON.stringify({ ...line, ...Object(loggable(facts)), ...line });
  } catch (error) {
    // A getter that throws, say: the message matters more than its facts.
    return JSON.stringify({ ...line, facts: `not loggable: ${String(error)}` });
  }
}

class SinkTransport extends Transport {
  constructor(private readonly sink: LogSink) {
    super();
  }

  override log(info: { readonly [MESSAGE]: string }, next: () => void): void {
    this.sink.write(info[MESSAGE]);
    next();
  }
}
