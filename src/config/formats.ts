import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { TrustProxy } from '../http/limit/client-address.js';
import { IDENTIFIER_LIMIT_BYTES, type TableName } from '../store/tables.js';

/** How the text of a setting becomes a value. */
export type Format<T> = ReturnType<typeof format<T>>;

/**
 * @param hint - the placeholder in the help, for example `seconds`
 * @param takes - what the setting accepts; follows the word "takes"
 * @param parse - returns undefined for invalid text
 * @param isSwitch - whether the flag without a value means `true`
 */
export function format<T>(hint: string, takes: string, parse: (text: string) => T | undefined, isSwitch = false) {
  return { hint, takes, isSwitch, parse };
}

/** `true` or `false` in any case; also `1` and `0`, which the earlier service accepted. */
export const boolean = format(
  'boolean',
  'true or false',
  (text) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined),
  true,
);

/** An integer in decimal digits: without a sign, exponent or blanks. */
export function integer(min: number, max: number): Format<number> {
  return format('n', `an integer from ${min} to ${max}`, (text) => readInteger(text, min, max));
}

export const seconds = format('seconds', 'seconds, an integer from 1 to 86400', (text) => readInteger(text, 1, 86_400));

export const workers = format<number | 'auto'>('n|auto', 'auto or an integer from 1 to 1024', (text) =>
  text === 'auto' ? 'auto' : readInteger(text, 1, 1024),
);

export const share = format('share', 'a decimal number from 0 to 1, for example 0.001', (text) =>
  /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined,
);

export function oneOf<const Word extends string>(...words: readonly Word[]): Format<Word> {
  const takes = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return format(words.join('|'), takes, (text) => words.find((word) => word === text));
}

export function text(hint: string, takes: string): Format<string> {
  return format(hint, takes, (written) => (written.includes('\0') ? undefined : written));
}

export const path = format('path', 'a path', (text) => (text === '' || text.includes('\0') ? undefined : text));

const MAX_SIZE_BYTES = 256 * 1024 ** 2;
const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, kib: 1024, mb: 1024 ** 2, mib: 1024 ** 2 };

/** A number of bytes; units are powers of 1024, as `kb` or `KiB`. */
export const byteSize = format('bytes', 'a size from 1 byte to 256mb, for example 1048576, 512kb or 1MiB', (text) => {
  const [, digits = '', unit = 'b'] = /^(\d+)(b|kb|kib|mb|mib)?$/.exec(text.toLowerCase()) ?? [];
  const unitBytes = UNIT_BYTES[unit] ?? 1;
  const count = readInteger(digits, 1, MAX_SIZE_BYTES / unitBytes);
  return count === undefined ? undefined : count * unitBytes;
});

/** Empty text turns the setting off, and is null. */
export function optional<T>(inner: Format<T>): Format<T | null> {
  return format(inner.hint, `${inner.takes}, or nothing to turn it off`, (text) =>
    text === '' ? null : inner.parse(text),
  );
}

/** A secret for a header, so only characters that a header may contain. */
export const token = format('secret', 'printable ASCII characters without spaces', (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : undefined,
);

function readInteger(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** The address of a listener: without a host all interfaces, with port 0 any free port. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

export const listenAddress = format<ListenAddress>(
  'host:port',
  'host:port, [IPv6 address]:port, or :port for all interfaces, with a port from 0 to 65535',
  (text) => {
    const [, host = '', digits] = /^(.*):(\d{1,5})$/s.exec(text) ?? [];
    const port = Number(digits);
    if (digits === undefined || port > 65_535) return undefined;
    if (host === '') return { host: undefined, port };
    if (host.startsWith('[') && host.endsWith(']')) {
      const address = host.slice(1, -1);
      return isIPv6(address) ? { host: address, port } : undefined;
    }
    const isName = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/i.test(host) && !/^[\d.]+$/.test(host);
    return isName || isIPv4(host) ? { host, port } : undefined;
  },
);

const WINDOW_SECONDS: Readonly<Record<string, number>> = { S: 1, M: 60, H: 3600, D: 86_400 };

/** `5-S`: five requests a second; `M`, `H` and `D` for minute, hour and day; nothing or `off` for no limit. */
export const rateLimit = format(
  'rate',
  'a count of at least 1, a dash and S, M, H or D for second, minute, hour or day, for example 5-S; or nothing for no limit',
  (text) => {
    if (text === '' || text === 'off') return null;
    const [, digits = '', unit = ''] = /^(\d{1,15})-([SMHD])$/.exec(text.toUpperCase()) ?? [];
    const max = Number(digits);
    const windowSeconds = WINDOW_SECONDS[unit];
    return windowSeconds === undefined || max < 1 ? undefined : { max, windowSeconds, text: `${max}-${unit}` };
  },
);

export const limitStore = format('memory|url', 'memory, or a redis:// or rediss:// URL', (text) => {
  const url = /^rediss?:\/\/[^/]\S*$/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const database = (url?.pathname.slice(1) ?? '') + (url?.searchParams.get('db') ?? '');
  return text === 'memory' || (url && /^\d*$/.test(database)) ? text : undefined;
});

/** `true`, `false`, a number of proxies, or a list, for example `10.0.0.0/8, 2001:db8::1`. */
export const trustProxy = format<TrustProxy>(
  'proxies',
  'true for one proxy, false for none, their number, or a comma-separated list of addresses and CIDR blocks',
  (text) => {
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
    if (/^\d{1,2}$/.test(text)) return Number(text);
    const networks = text.split(',').map((network) => network.trim());
    return networks.every(isNetwork) ? networks : undefined;
  },
  true,
);

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** The service's URL for clients: http or https, possibly with a path, without trailing slashes. */
export const externalUrl = format('url', 'an http or https URL in ASCII without user, query or fragment', (text) => {
  const isPlain = /^https?:\/\/[^/?#\\@]+(\/[^?#\\]*)?$/i.test(text) && /^[\x21-\x7e]+$/.test(text);
  return isPlain && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined;
});

/** First path segments outside of the API's versions. */
const RESERVED_SEGMENTS = ['admin', 'console', 'docs', 'health', 'metrics', 'openapi.json', 'openapi.yml', 'profiling'];

export const apiVersion = format(
  'segment',
  `one path segment of letters, digits, dots, dashes and underscores, none of ${RESERVED_SEGMENTS.join(', ')}`,
  (text) => {
    const isSegment = /^[A-Za-z0-9._-]+$/.test(text) && !/^\.+$/.test(text);
    return isSegment && !RESERVED_SEGMENTS.includes(text.toLowerCase()) ? text : undefined;
  },
);

/** `*`, or the origins that browsers may call from, as browsers send them (RFC 6454, section 6.1). */
export const corsOrigins = format<'*' | readonly string[]>(
  'origins',
  '* or a comma-separated list of origins, for example https://shop.example',
  (text) => {
    if (text === '*') return '*';
    const origins: string[] = [];
    for (const item of text.split(',')) {
      const origin = item.trim();
      if (!/^https?:\/\/[^/?#\\@\s]+\/?$/i.test(origin) || !URL.canParse(origin)) return undefined;
      origins.push(new URL(origin).origin);
    }
    return origins;
  },
);

/** `table` or `schema.table`, with any characters but NUL and further dots. */
export const tableName = format<TableName>(
  'table',
  `table or schema.table, each of 1 to ${IDENTIFIER_LIMIT_BYTES} bytes, without a NUL or further dots`,
  (text) => {
    const parts = text.split('.');
    const fits = (part: string): boolean => {
      const bytes = Buffer.byteLength(part);
      return bytes >= 1 && bytes <= IDENTIFIER_LIMIT_BYTES && !part.includes('\0') && part.isWellFormed();
    };
    if (parts.length > 2 || !parts.every(fits)) return undefined;
    const [first = '', second] = parts;
    return second === undefined ? { schema: null, table: first } : { schema: first, table: second };
  },
);
