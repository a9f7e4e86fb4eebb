/** One change by which a client of the released contract may fail. */
export interface Break {
  /** The place in the contract, in words: an operation, a part of it, and properties inside. */
  readonly where: string;
  readonly what: string;
}
