/** The maximum number of decimals of an amount: 64 characters, without one digit and the point. */
const DECIMALS = 62;

/**
 * An amount as an integer, in units of 10^-62. Amounts never become floating-point numbers.
 *
 * @param amount - in plain decimal notation
 */
export function toUnits(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}

/** The exact sum of amounts, in the units of `toUnits`. */
export function sumOf(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, amount) => sum + toUnits(amount), 0n);
}
