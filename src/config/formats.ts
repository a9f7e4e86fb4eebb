/** How the text of a setting becomes a value. */
export interface Format<T> {
  /** A word for the value in the help, such as `seconds`. */
  readonly hint: string;
  /** What the setting takes, to be read after the word "takes". */
  readonly takes: string;
  /** Whether the flag alone, without a value, means `true`. */
  readonly isSwitch: boolean;
  /**
   * @param text - the setting as it was written
   * @returns its value
   * @throws Error where the text is not what the setting takes
   */
  parse(text: string): T;
}

/**
 * Makes a format of a function that gives undefined for text it refuses.
 *
 * @param hint - a word for the value in the help
 * @param takes - what the setting takes
 * @param read - text to value, or to undefined
 */
export function format<T>(hint: string, takes: string, read: (text: string) => T | undefined): Format<T> {
  return {
    hint,
    takes,
    isSwitch: false,
    parse(text) {
      const value = read(text);
      if (value === undefined) throw new Error(`takes ${takes}`);
      return value;
    },
  };
}

/** `true` or `false`; `1` and `0` as well, which the flags of the earlier service took. */
export const boolean: Format<boolean> = {
  ...format('true|false', 'true or false', (text) => {
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === '1') return true;
    return lower === 'false' || lower === '0' ? false : undefined;
  }),
  isSwitch: true,
};

/**
 * An integer in plain decimal digits: no sign, no exponent, no other base, no blanks.
 *
 * @param least - the smallest accepted
 * @param greatest - the greatest accepted
 */
export function integer(least: number, greatest: number): Format<number> {
  return format('n', `an integer from ${least} to ${greatest}`, (text) => plainInteger(text, least, greatest));
}

/** A whole number of seconds, up to a day. */
export const seconds: Format<number> = format('seconds', 'seconds, an integer from 1 to 86400', (text) =>
  plainInteger(text, 1, 86_400),
);

/** `auto`, or a number of processes. */
export const workers: Format<number | 'auto'> = format('n|auto', 'auto or an integer from 1 to 1024', (text) =>
  text === 'auto' ? 'auto' : plainInteger(text, 1, 1024),
);

/** A part of a whole, from 0 to 1. */
export const share: Format<number> = format('share', 'a decimal number from 0 to 1, such as 0.001', (text) =>
  /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined,
);

/**
 * One of a few words.
 *
 * @param words - all that is accepted
 */
export function oneOf<const Word extends string>(...words: readonly Word[]): Format<Word> {
  const takes = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return format(words.join('|'), takes, (text) => words.find((word) => word === text));
}

/**
 * Any text without a NUL, also none.
 *
 * @param hint - a word for the value in the help
 * @param takes - what the setting takes
 */
export function text(hint: string, takes: string): Format<string> {
  return format(hint, takes, (written) => (written.includes('\0') ? undefined : written));
}

/** A path of the file system; whether it is there is not asked here. */
export const path: Format<string> = format('path', 'a path', (written) =>
  written === '' || written.includes('\0') ? undefined : written,
);

const GREATEST_SIZE_BYTES = 256 * 1024 ** 2;
const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, kib: 1024, mb: 1024 ** 2, mib: 1024 ** 2 };

/** A number of bytes; units are powers of 1024, whether they are written `kb` or `KiB`. */
export const byteSize: Format<number> = format(
  'bytes',
  'a size from 1 byte to 256mb, such as 1048576, 512kb or 1MiB',
  (text) => {
    const [, digits = '', unit = 'b'] = /^(\d+)(b|kb|kib|mb|mib)?$/.exec(text.toLowerCase()) ?? [];
    const unitBytes = UNIT_BYTES[unit] ?? 1;
    const count = plainInteger(digits, 1, GREATEST_SIZE_BYTES / unitBytes);
    return count === undefined ? undefined : count * unitBytes;
  },
);

/** A text that may be left empty, which is null: the setting is off. */
export function optional<T>(inner: Format<T>): Format<T | null> {
  return format(inner.hint, `${inner.takes}, or nothing to turn it off`, (text) => {
    if (text === '') return null;
    return inner.parse(text);
  });
}

/** A secret that is sent in a header, and so must be made of what a header can carry. */
export const token: Format<string> = format('secret', 'printable ASCII characters without blanks', (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : undefined,
);

function plainInteger(text: string, least: number, greatest: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= greatest ? value : undefined;
}
