/** A contract that nothing can be generated from. `message` says in which file, where in it, and what is wrong. */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  /**
   * @param file - the contract's name
   * @param faults - each with the place (a JSON pointer or a line) and what is wrong there
   */
  constructor(
    readonly file: string,
    readonly faults: readonly Fault[],
  ) {
    super(faults.map((fault) => `${file}: ${fault.where}: ${fault.what}`).join('\n'));
  }
}

/** One thing that is wrong with a contract. */
export interface Fault {
  readonly where: string;
  readonly what: string;
}
