import type { DiagLogger } from '@opentelemetry/api';

/** Told what goes wrong with the sending of spans; it concerns no request. */
export type OnDiagnostic = (level: 'warn' | 'error', message: string) => void;

/** Under load a collector that refuses is asked hundreds of times a second, and refuses as often. */
const QUIET_MS = 10_000;

/**
 * Gives the SDK somewhere to tell its troubles: at most one in ten seconds, and the next one says how many there were
 * in between.
 *
 * @param onDiagnostic - who is told
 * @param now - monotonic time, ms
 */
export function diagnosticLogger(onDiagnostic: OnDiagnostic, now: () => number = () => performance.now()): DiagLogger {
  const ignore = () => {};
  let quietUntil = -Infinity;
  let untold = 0;

  function tell(level: 'warn' | 'error', parts: readonly unknown[]): void {
    if (now() < quietUntil) {
      untold++;
      return;
    }
    const more = untold === 0 ? '' : ` (${untold} more were not logged)`;
    untold = 0;
    quietUntil = now() + QUIET_MS;
    onDiagnostic(level, parts.map(plainText).join(': ') + more);
  }

  return {
    error: (...parts) => tell('error', parts),
    warn: (...parts) => tell('warn', parts),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
}

/** The SDK tells an error as a JSON object of all its members, with stack and the collector's answer; this is its gist. */
function plainText(part: unknown): string {
  if (part instanceof Error) return part.message;
  const text = typeof part === 'string' ? part : JSON.stringify(part);
  if (!text?.startsWith('{')) return String(text);
  try {
    const { message, code }: { message?: unknown; code?: unknown } = JSON.parse(text);
    return `Spans were not sent: ${message ?? code ?? 'the reason is unknown'}`;
  } catch {
    return text;
  }
}
