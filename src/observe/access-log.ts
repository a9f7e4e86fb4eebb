import type { RequestFacts } from './facts.js';
import type { Logger, LogLevel } from './logger.js';
import { jsonString } from './redact.js';

const USER_AGENT_LIMIT_CHARS = 256;
const PATH_LIMIT_CHARS = 512;
const NAME_LIMIT_CHARS = 128;

/** `000` to `999`: the thousandths of a duration. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, index) => index.toString().padStart(3, '0'));

/** Takes the line of one request. */
export type AccessLog = (facts: RequestFacts) => void;

/**
 * Makes the access log: one line for each request, put together by hand and passed through the logger as it is, which
 * costs a tenth of what formatting an object does. The level is `info`; responses of 500 and above are `warn`, so that
 * they are seen where `--log-level warn` silences the rest. The error itself has a line of its own.
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
    logger.writeLine(formatRequest(level, timestamp, facts));
  };
}

function formatRequest(level: LogLevel, timestamp: string, facts: RequestFacts): string {
  let line =
    `{"level":"${level}","message":"request","timestamp":"${timestamp}"` +
    `,"request_id":${jsonString(facts.requestId, NAME_LIMIT_CHARS)}` +
    `,"method":${jsonString(facts.method, NAME_LIMIT_CHARS)}` +
    `,"route":${jsonString(facts.route, PATH_LIMIT_CHARS)}` +
    `,"path":${jsonString(withoutQuery(facts.path), PATH_LIMIT_CHARS)}` +
    `,"status":${facts.status},"duration_ms":${thousandths(facts.durationMs)},"bytes":${facts.bytes}` +
    `,"client":${jsonString(facts.client, NAME_LIMIT_CHARS)}`;
  if (facts.userAgent !== undefined) line += `,"user_agent":${jsonString(facts.userAgent, USER_AGENT_LIMIT_CHARS)}`;
  // What follows is hexadecimal, or a name in this program: there is nothing to escape.
  if (facts.trace !== null) line += `,"trace_id":"${facts.trace.traceId}"`;
  if (facts.errorCode !== null) line += `,"error_code":"${facts.errorCode}"`;
  if (facts.stage !== null) line += `,"stage":"${facts.stage}"`;
  const cause = facts.cause ?? (facts.status === 503 ? (facts.errorCode ?? 'unhealthy') : null);
  if (cause !== null) line += `,"cause":${jsonString(cause, NAME_LIMIT_CHARS)}`;
  if (facts.detail !== undefined) line += `,"detail":${jsonString(facts.detail, PATH_LIMIT_CHARS)}`;
  return `${line}}`;
}

function withoutQuery(path: string): string {
  const end = path.indexOf('?');
  return end === -1 ? path : path.slice(0, end);
}

/** A duration with exactly three decimals; `toFixed` costs five times as much. */
function thousandths(durationMs: number): string {
  const micros = durationMs > 0 ? Math.round(durationMs * 1000) : 0;
  return `${Math.floor(micros / 1000)}.${THOUSANDTHS[micros % 1000]}`;
}
