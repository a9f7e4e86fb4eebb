import type { Schema } from './document.js';

/** Each schema once, however many operations share it, under the name of its validator. */
export class SchemaTable {
  readonly #byText = new Map<string, { name: string; schema: Schema; where: string }>();

  /** The name of the validator of this schema; `where` is named if it does not compile. */
  add(schema: Schema, where: string): string {
    const text = JSON.stringify(schema);
    const known = this.#byText.get(text);
    if (known !== undefined) return known.name;
    const name = `validator${this.#byText.size}`;
    this.#byText.set(text, { name, schema, where });
    return name;
  }

  names(): string[] {
    return this.entries().map((entry) => entry.name);
  }

  entries(): { readonly name: string; readonly schema: Schema; readonly where: string }[] {
    return [...this.#byText.values()];
  }
}
