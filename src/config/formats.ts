/** How the text of a setting becomes a value. */
export interface Format<T> {
  /** A word for the value in the help, for example `seconds`. */
  readonly hint: string;
  /** What the setting accepts, to be read after the word "takes". */
  readonly takes: string;
  /** Whether the flag alone, without a value, means `true`. */
  readonly isSwitch: boolean;
  /**
   * @param text - the setting as it was written
   * @throws Error if the text is not what the setting accepts
   */
  parse(text: string): T;
}

/**
 * Makes a format of a function.
 *
 * @param read - text to value, or to undefined for text that is not accepted
 * @param isSwitch - whether the flag alone means `true`
 */
export function format<T>(
  hint: string,
  takes: string,
  read: (text: string) => T | undefined,
  isSwitch = false,
): Format<T> {
  const parse = (text: string): T => {
    const value = read(text);
    if (value === undefined) throw new Error(`takes ${takes}`);
    return value;
  };
  return { hint, takes, isSwitch, parse };
}

/** `true` or `false`; also `1` and `0`, which the flags of the earlier service accepted. */
export const boolean = format('boolean', 'true or false', readBoolean, true);

/** An integer in plain decimal digits: no sign, no exponent, no other base, no blanks. */
export function integer(min: number, max: number): Format<number> {
  return format('n', `an integer from ${min} to ${max}`, (text) => readInteger(text, min, max));
}

/** A whole number of seconds, up to a day. */
export const seconds = format('seconds', 'seconds, an integer from 1 to 86400', (text) => readInteger(text, 1, 86_400));

/** `auto`, or a number of processes. */
export const workers = format<number | 'auto'>('n|auto', 'auto or an integer from 1 to 1024', (text) =>
  text === 'auto' ? 'auto' : readInteger(text, 1, 1024),
);

/** A part of a whole, from 0 to 1. */
export const share = format('share', 'a decimal number from 0 to 1, for example 0.001', (text) =>
  /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined,
);

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Format<Word> {
  const takes = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return format(words.join('|'), takes, (text) => words.find((word) => word === text));
}

/** Any text without a NUL, including none. */
export function text(hint: string, takes: string): Format<string> {
  return format(hint, takes, (written) => (written.includes('\0') ? undefined : written));
}

/** A path of the file system, which need not exist. */
export const path = format('path', 'a path', (text) => (text === '' || text.includes('\0') ? undefined : text));

const MAX_SIZE_BYTES = 256 * 1024 ** 2;
const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, kib: 1024, mb: 1024 ** 2, mib: 1024 ** 2 };

/** A number of bytes; units are powers of 1024, whether they are written `kb` or `KiB`. */
export const byteSize = format('bytes', 'a size from 1 byte to 256mb, for example 1048576, 512kb or 1MiB', (text) => {
  const [, digits = '', unit = 'b'] = /^(\d+)(b|kb|kib|mb|mib)?$/.exec(text.toLowerCase()) ?? [];
  const unitBytes = UNIT_BYTES[unit] ?? 1;
  const count = readInteger(digits, 1, MAX_SIZE_BYTES / unitBytes);
  return count === undefined ? undefined : count * unitBytes;
});

/** Text that may be empty, which turns the setting off and is null. */
export function optional<T>(inner: Format<T>): Format<T | null> {
  return format(inner.hint, `${inner.takes}, or nothing to turn it off`, (text) =>
    text === '' ? null : inner.parse(text),
  );
}

/** A secret that is sent in a header, so only characters that a header can carry. */
export const token = format('secret', 'printable ASCII characters without blanks', (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : undefined,
);

function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === '1') return true;
  return lower === 'false' || lower === '0' ? false : undefined;
}

function readInteger(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
