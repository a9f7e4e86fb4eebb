/** One thing that a contract says and the service would not do. */
export interface Rejection {
  /** JSON pointer into the document that the generator works on, as a URI fragment: `#/paths/~1things/get`. */
  readonly pointer: string;
  /** Name of the file that says it. */
  readonly file: string;
  /** The line in it, from 1. */
  readonly line: number;
  /** What is wrong, and what to write instead. */
  readonly what: string;
}

/** A contract that nothing is generated from. `message` has one line for each rejection: file, line, pointer, advice. */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  /** @param rejections - everything that is wrong, in the order of the document */
  constructor(readonly rejections: readonly Rejection[]) {
    super(rejections.map(({ file, line, pointer, what }) => `${file}:${line}: ${pointer}: ${what}`).join('\n'));
  }
}
