/** The name under which compiled validators import what they need at run time; `bundle` knows what is behind it. */
export const runtimeModuleName = 'contract-runtime';

/**
 * Whether a number is a multiple of another, as decimals: 19.99 is one of 0.01, though no double is exactly either.
 *
 * The function is written into the generated validators as it is, so it uses nothing from outside.
 */
export function isMultipleOf(value: number, of: number): boolean {
  function scaled(number: number, digits: number): bigint {
    const [, sign = '', whole = '', fraction = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
    const shift = digits + Number(exponent) - fraction.length;
    return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(Math.max(0, shift));
  }
  function decimals(number: number): number {
    const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
    return Math.max(0, fraction.length - Number(exponent));
  }
  if (Number.isInteger(value) && Number.isInteger(of)) return value % of === 0;
  const digits = Math.max(decimals(value), decimals(of));
  return scaled(value, digits) % scaled(of, digits) === 0n;
}

/**
 * That module's source: the formats of ajv-formats; `well-formed`, text without lone surrogates, which UTF-8, and so a
 * database, cannot hold; and exact multiples.
 */
export const runtimeModule = `
import { fullFormats } from 'ajv-formats/dist/formats.js';
export const formats = { ...fullFormats, 'well-formed': (text) => text.isWellFormed() };
export ${String(isMultipleOf)}
`;
