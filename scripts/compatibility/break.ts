/** A change that may break clients of the released contract. */
export interface Break {
  /** The place in the contract, in words: an operation, a part of it, and properties inside. */
  readonly where: string;
  readonly what: string;
}
