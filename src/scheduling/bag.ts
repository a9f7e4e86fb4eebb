/**
 * A set without an order, for objects that come and go with every request. A `Set` or `Map` would keep them alive until
 * a full garbage collection (docs/decisions/0031).
 */
export class Bag<Item extends { bagIndex: number }> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Adds an object that is in no bag: its `bagIndex` is -1. */
  add(item: Item): Item {
    item.bagIndex = this.#items.push(item) - 1;
    return item;
  }

  /** @returns whether it was there */
  delete(item: Item): boolean {
    const { bagIndex } = item;
    if (bagIndex < 0) return false;
    item.bagIndex = -1;
    const last = this.#items.pop();
    if (last && last !== item) {
      this.#items[bagIndex] = last;
      last.bagIndex = bagIndex;
    }
    return true;
  }

  /** Iterates over the objects that are in it now. */
  [Symbol.iterator](): Iterator<Item> {
    return this.#items.slice().values();
  }
}
