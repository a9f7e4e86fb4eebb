import { setTimeoutWithoutStalls } from './turn.js';

/** A counting semaphore with a wait limit. It can be lowered temporarily, when the server has no more connections. */
export class Semaphore {
  readonly #waiting = new Set<() => void>();
  #limit: number;
  #held = 0;
  #raise: NodeJS.Timeout | undefined;

  constructor(private readonly maximum: number) {
    this.#limit = maximum;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Returns whether it was acquired within the timeout; it must then be released. */
  async acquire(timeoutMs: number): Promise<boolean> {
    if (this.#held < this.#limit) {
      this.#held += 1;
      return true;
    }
    return await new Promise((resolve) => {
      const take = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeoutWithoutStalls(() => {
        this.#waiting.delete(take);
        resolve(false);
      }, timeoutMs);
      this.#waiting.add(take);
    });
  }

  /** Acquires it without a wait, even beyond the limit. */
  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held -= 1;
    this.#admit();
  }

  /** Lowers the limit temporarily, to at least 1. */
  lower(limit: number, forMs: number): void {
    this.#limit = Math.max(1, Math.min(this.maximum, limit));
    clearTimeout(this.#raise);
    this.#raise = setTimeout(() => {
      this.#limit = this.maximum;
      this.#admit();
    }, forMs).unref();
  }

  #admit(): void {
    for (const take of this.#waiting) {
      if (this.#held >= this.#limit) return;
      this.#waiting.delete(take);
      this.#held += 1;
      take();
    }
  }
}
