import fc from 'fast-check';

const [SURROGATES, COUNT] = [0xd800, 0x800];

/**
 * Any character of Unicode, for `unit` of `fc.string`: the same as with `binary`, for which fast-check fills a table
 * with all of them, in a second of CPU.
 */
export const anyCharacter = fc.nat({ max: 0x10ffff - COUNT }).map(
  (index) => String.fromCodePoint(index < SURROGATES ? index : index + COUNT),
  (text) => {
    if (typeof text !== 'string' || !/^\P{Surrogate}$/su.test(text)) throw new Error('this is not one character');
    const point = Number(text.codePointAt(0));
    return point < SURROGATES ? point : point - COUNT;
  },
);
