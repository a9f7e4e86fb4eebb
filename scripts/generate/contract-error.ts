/** An error in a contract. */
export interface Rejection {
  /** JSON pointer into the bundled document, as a URI fragment: `#/paths/~1things/get`. */
  readonly pointer: string;
  readonly file: string;
  /** The line in the file, from 1. */
  readonly line: number;
  /** The error, and what to write instead. */
  readonly what: string;
}

/**
 * A contract with errors, from which nothing is generated. `message` has a line for each: file, line, pointer, advice.
 */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  /** @param rejections - all errors, in document order */
  constructor(readonly rejections: readonly Rejection[]) {
    super(rejections.map(({ file, line, pointer, what }) => `${file}:${line}: ${pointer}: ${what}`).join('\n'));
  }
}
