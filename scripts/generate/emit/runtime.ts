/** The module name from which compiled validators import at run time; `bundle` resolves it. */
export const runtimeModuleName = 'contract-runtime';

/**
 * Whether a number is a multiple of another, as decimals: 19.99 is a multiple of 0.01, although doubles represent
 * neither.
 *
 * The source of this function is copied into the generated validators, so it must not refer to anything outside it.
 */
export function isMultipleOf(value: number, of: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(of)) return value % of === 0;
  // The digits without the point, and the number of decimal places.
  const [one, other] = [value, of].map((number) => {
    const [, digits = '', fraction = '', exponent = '0'] =
      /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
    return { digits: BigInt(digits + fraction), places: fraction.length - Number(exponent) };
  });
  if (!one || !other) return false;
  const places = Math.max(one.places, other.places, 0);
  const scaledOne = one.digits * 10n ** BigInt(places - one.places);
  return scaledOne % (other.digits * 10n ** BigInt(places - other.places)) === 0n;
}

/**
 * Whether an array has no value twice, in a time that grows with its size: comparing each pair of 20,000 objects takes
 * seconds. Objects are equal regardless of the order of their properties.
 *
 * Also copied into the generated validators.
 */
export function isUnique(items: readonly unknown[]): boolean {
  const scalars = new Set();
  const texts = new Set();
  for (const item of items) {
    if (typeof item !== 'object' || item === null) scalars.add(item);
    else {
      const text = JSON.stringify(item, (_, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
          : value,
      );
      texts.add(text);
    }
  }
  return scalars.size + texts.size === items.length;
}

/**
 * The source of that module: exact multiples, unique items, `well-formed` (text without lone surrogates, which UTF-8 and so a database
 * cannot hold), and the formats of ajv-formats with three differences. A date-time needs a T (RFC 3339, section 5.6).
 * Base64 has no line breaks, after which ajv-formats accepts anything. A URL may be one of localhost.
 */
export const runtimeModule = `
import { fullFormats } from 'ajv-formats/dist/formats.js';
export const formats = {
  ...fullFormats,
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  'date-time': { validate: (text) => !/\\s/.test(text) && fullFormats['date-time'].validate(text) },
  float: { type: 'number', validate: (number) => Number.isFinite(Math.fround(number)) },
  url: fullFormats.uri,
  'well-formed': (text) => text.isWellFormed(),
};
export ${String(isMultipleOf)}
export ${String(isUnique)}
`;
