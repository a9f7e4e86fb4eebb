/**
 * Reads of which equal requests in succession share a result, such as a first page that many clients poll. A result is
 * kept only until the promises that are ready now have run: until then no input is read, so no request can follow a write
 * of another process that the result lacks. A commit of this process ends it at once.
 */
export class SharedReads {
  /** Rises with each end. */
  #period = 0;
  #isEndDue = false;

  /** @param read - its results must not be changed */
  of<Request, Result>(read: (request: Request) => Result): (request: Request) => Result {
    let last: { readonly key: string; readonly period: number; readonly result: Result } | null = null;
    return (request) => {
      const key = JSON.stringify(request);
      if (last?.key === key && last.period === this.#period) return last.result;
      last = null;
      const result = read(request);
      last = { key, period: this.#period, result };
      this.#endSoon();
      return result;
    };
  }

  forget(): void {
    this.#period += 1;
    this.#isEndDue = false;
  }

  #endSoon(): void {
    if (this.#isEndDue) return;
    this.#isEndDue = true;
    process.nextTick(() => this.forget());
  }
}
