const INTERVAL_MS = 100;
const BAR_COLUMNS = 24;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

interface Screen {
  stderr(): { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  now(): number;
}

/** A progress bar on a terminal; in a pipe or file only the printed lines. */
export class Progress {
  readonly #target: ReturnType<Screen['stderr']>;
  readonly #now: Screen['now'];
  readonly #unit: string;
  readonly #total: number | null;
  readonly #startMs: number;
  #shownMs = Number.NEGATIVE_INFINITY;
  #bar = '';

  /** @param unit - in the plural */
  constructor(screen: Screen, unit: string, total: number | null) {
    this.#target = screen.stderr();
    this.#now = screen.now;
    this.#unit = unit;
    this.#total = total;
    this.#startMs = screen.now();
  }

  /** Updates the bar now and then. `done` is in the unit of the total. */
  report(done: number): void {
    const nowMs = this.#now();
    if (this.#target.isTTY !== true || nowMs - this.#shownMs < INTERVAL_MS) return;
    this.#shownMs = nowMs;
    const seconds = Math.max(0.001, (nowMs - this.#startMs) / 1000);
    const bar = this.#total ? drawBar(Math.min(1, done / this.#total)) : '';
    const text = `${bar}${grouped(done)} ${this.#unit}  ${grouped(done / seconds)}/s`;
    // A terminal of unknown width reports 0.
    this.#bar = text.slice(0, (this.#target.columns || DEFAULT_COLUMNS) - 1);
    this.#target.write(`${CLEAR_LINE}${this.#bar}`);
  }

  /** Prints a line above the bar. */
  say(line: string): void {
    this.#target.write(this.#bar === '' ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#bar}`);
  }

  /** Removes the bar, for a last line in its place. */
  end(): void {
    if (this.#bar !== '') this.#target.write(CLEAR_LINE);
    this.#bar = '';
  }
}

/** Reports that a failed transfer keeps what was written, and throws the error again. */
export function reportIncomplete(progress: Progress) {
  return (error: unknown): never => {
    progress.end();
    progress.say('incomplete: the written part is kept, and the same command continues after it');
    throw error;
  };
}

function drawBar(share: number): string {
  const full = Math.round(share * BAR_COLUMNS);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'='.repeat(full)}${' '.repeat(BAR_COLUMNS - full)}] ${percent} %  `;
}

/** `12,345` */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
