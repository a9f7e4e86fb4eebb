/**
 * A counting semaphore whose waiters give up after a while. It is the one bound on how many statements are in flight; its
 * limit can be lowered for a while, where the server has no more connections to give.
 */
export class Semaphore {
  readonly #waiting = new Set<() => void>();
  readonly #maximum: number;
  #limit: number;
  #held = 0;
  #raise: NodeJS.Timeout | undefined;

  /** @param maximum - how many may hold it at once */
  constructor(maximum: number) {
    this.#maximum = maximum;
    this.#limit = maximum;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @param timeoutMs - how long to wait
   * @returns whether it is held now; it must then be released
   */
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
      const timer = setTimeout(() => {
        this.#waiting.delete(take);
        resolve(false);
      }, timeoutMs);
      this.#waiting.add(take);
    });
  }

  /** Lets the one who waited longest have it. */
  release(): void {
    this.#held -= 1;
    this.#admit();
  }

  /**
   * Lowers the limit for a while.
   *
   * @param limit - at least 1 counts
   * @param forMs - after that the limit is the maximum again
   */
  lower(limit: number, forMs: number): void {
    this.#limit = Math.max(1, Math.min(this.#maximum, limit));
    clearTimeout(this.#raise);
    this.#raise = setTimeout(() => {
      this.#limit = this.#maximum;
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
