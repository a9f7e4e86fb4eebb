/** A counting semaphore whose waiters give up after a while. */
export class Slots {
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @param count - how many may hold a slot at once */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * @param timeoutMs - how long to wait for a slot
   * @returns whether there is one; it must then be released
   */
  async acquire(timeoutMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return await new Promise((resolve) => {
      const take = (): void => {
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

  /** Gives the slot to the one who waited longest. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
