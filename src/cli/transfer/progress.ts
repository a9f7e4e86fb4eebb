import type { Host } from '../host.js';

export interface ProgressOptions {
  /** Where it is shown: a terminal, or what takes its place. */
  readonly target: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
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

/** A progress bar on a terminal, and nothing at all in a pipe or a file but the lines that are said. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #shownMs = Number.NEGATIVE_INFINITY;
  #bar = '';

  /** @param options - where, of what, and the clock */
  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.now();
  }

  /** How far it is, in the unit of the total. Shown now and then. */
  report(done: number): void {
    const { target, unit, total, now } = this.#options;
    if (target.isTTY !== true || now() - this.#shownMs < INTERVAL_MS) return;
    this.#shownMs = now();
    const seconds = Math.max(0.001, (now() - this.#startMs) / 1000);
    const text = `${total ? drawBar(Math.min(1, done / total)) : ''}${grouped(done)} ${unit}  ${grouped(done / seconds)}/s`;
    // A terminal that does not know its width says 0.
    this.#bar = text.slice(0, (target.columns || DEFAULT_COLUMNS) - 1);
    target.write(`${CLEAR_LINE}${this.#bar}`);
  }

  /** Prints a line for a person, above the bar. */
  say(line: string): void {
    this.#options.target.write(this.#bar === '' ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#bar}`);
  }

  /** Takes the bar away, so that a last line can take its place. */
  end(): void {
    if (this.#bar !== '') this.#options.target.write(CLEAR_LINE);
    this.#bar = '';
  }
}

function drawBar(share: number): string {
  const full = Math.round(share * BAR_COLUMNS);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'='.repeat(full)}${' '.repeat(BAR_COLUMNS - full)}] ${percent} %  `;
}

/**
 * Shows the progress of a command.
 *
 * @param host - the process
 * @param unit - what is counted, in the plural
 * @param total - how much there is; null where nobody knows
 */
export function progressOf(host: Host, unit: string, total: number | null): Progress {
  return new Progress({ target: host.stderr(), unit, total, now: host.now });
}

/**
 * A count for a person: `12,345`.
 *
 * @param count - rounded to a whole number
 */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
