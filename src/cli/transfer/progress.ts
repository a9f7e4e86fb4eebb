/** Where progress is shown: a terminal, or what takes its place. */
export interface ProgressTarget {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** How far it is, in the unit of the total. Shown now and then. */
  report(done: number): void;
  /** Prints a line for a person, above the bar. */
  say(line: string): void;
  /** Takes the bar away, so that a last line can take its place. */
  end(): void;
}

export interface ProgressOptions {
  readonly target: ProgressTarget;
  /** What is counted, in the plural. */
  readonly unit: string;
  /** How much there is; null where nobody knows. */
  readonly total: number | null;
  /** Monotonic time, ms. */
  readonly now: () => number;
}

const INTERVAL_MS = 100;
const BAR_COLUMNS = 24;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

/**
 * A progress bar on a terminal, and nothing at all in a pipe or a file but the lines that are said.
 *
 * @param options - where, of what, and the clock
 */
export function createProgress({ target, unit, total, now }: ProgressOptions): Progress {
  const startMs = now();
  let shownMs = Number.NEGATIVE_INFINITY;
  let bar = '';

  function show(done: number): void {
    const seconds = Math.max(0.001, (now() - startMs) / 1000);
    const share = total === null || total === 0 ? null : Math.min(1, done / total);
    const drawn = share === null ? '' : `${drawBar(share)} ${String(Math.floor(share * 100)).padStart(3)} %  `;
    const text = `${drawn}${grouped(done)} ${unit}  ${grouped(done / seconds)}/s`;
    // A terminal that does not know its width says 0.
    bar = text.slice(0, (target.columns || DEFAULT_COLUMNS) - 1);
    target.write(`${CLEAR_LINE}${bar}`);
  }

  return {
    report(done) {
      if (target.isTTY !== true || now() - shownMs < INTERVAL_MS) return;
      shownMs = now();
      show(done);
    },
    say(line) {
      target.write(bar === '' ? `${line}\n` : `${CLEAR_LINE}${line}\n${bar}`);
    },
    end() {
      if (bar !== '') target.write(CLEAR_LINE);
      bar = '';
    },
  };
}

function drawBar(share: number): string {
  const full = Math.round(share * BAR_COLUMNS);
  return `[${'='.repeat(full)}${' '.repeat(BAR_COLUMNS - full)}]`;
}

/**
 * A count for a person: `12,345`.
 *
 * @param count - rounded to a whole number
 */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
