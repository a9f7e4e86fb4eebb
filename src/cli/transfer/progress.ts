const INTERVAL_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

interface Screen {
  stderr(): { readonly isTTY?: boolean; write(text: string): unknown };
  now(): number;
}

/** A count on a terminal, redrawn in place; a pipe or file gets only the printed lines. */
export class Progress {
  #shownMs = Number.NEGATIVE_INFINITY;
  #shown = '';

  /** @param unit - in the plural */
  constructor(
    private readonly screen: Screen,
    private readonly unit: string,
    private readonly total: number | null,
  ) {}

  /** Updates the count now and then. `done` is in the unit of the total. */
  report(done: number): void {
    const nowMs = this.screen.now();
    if (this.screen.stderr().isTTY !== true || nowMs - this.#shownMs < INTERVAL_MS) return;
    this.#shownMs = nowMs;
    const total = this.total === null ? '' : ` of ${grouped(this.total)}`;
    this.#shown = `${grouped(done)}${total} ${this.unit}`;
    this.screen.stderr().write(`${CLEAR_LINE}${this.#shown}`);
  }

  /** Prints a line above the count. */
  say(line: string): void {
    this.screen.stderr().write(this.#shown === '' ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#shown}`);
  }

  /** Removes the count, for a last line in its place. */
  end(): void {
    if (this.#shown !== '') this.screen.stderr().write(CLEAR_LINE);
    this.#shown = '';
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** Reports that a failed transfer keeps what was written, and throws the error again. */
export function reportIncomplete(progress: Progress) {
  return (error: unknown): never => {
    progress.end();
    progress.say('incomplete: what was written is kept; run the same command again to continue from there');
    throw error;
  };
}

/** `12,345` */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
