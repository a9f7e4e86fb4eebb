import { isIP, isIPv4, isIPv6 } from 'node:net';
import { IDENTIFIER_LIMIT_BYTES, type TableName } from '../store/migrations/identifier.js';
import { format } from './formats.js';

/** Where a listener is opened: without a host on all interfaces, with port 0 on any free port. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** `host:port`, `[IPv6]:port`, or `:port` for all interfaces. */
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

/** How many requests a client may make in a window of time. */
export interface RateLimit {
  readonly max: number;
  readonly windowSeconds: number;
  /** The limit as it is written, `5-S`. */
  readonly text: string;
}

const WINDOW_SECONDS: Readonly<Record<string, number>> = { S: 1, M: 60, H: 3600, D: 86_400 };

/** `5-S`: five requests a second; `M`, `H` and `D` for minute, hour and day; nothing or `off` for no limit. */
export const rateLimit = format<RateLimit | null>(
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

/** `memory`, or the URL of a Redis server. */
export const limitStore = format('memory|url', 'memory, or a redis:// or rediss:// URL', (text) => {
  const isRedisUrl = /^rediss?:\/\/[^/]/i.test(text) && !/\s/.test(text) && URL.canParse(text);
  return text === 'memory' || isRedisUrl ? text : undefined;
});

/** The proxies that may be trusted: whether there is one, how many there are, or the networks they are in (CIDR). */
export type TrustProxy = boolean | number | readonly string[];

/** `true`, `false`, a number of proxies, or a list, for example `10.0.0.0/8, 2001:db8::1`. */
export const trustProxy = format<TrustProxy>(
  'proxies',
  'true for one proxy, false for none, their number, or a comma separated list of addresses and CIDR blocks',
  (text) => {
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
    if (/^\d{1,2}$/.test(text)) return Number(text);
    const networks = text.split(',').map((network) => network.trim());
    return networks.every(isNetwork) ? Object.freeze(networks) : undefined;
  },
  true,
);

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** How clients reach the service: an http(s) URL, perhaps with a path, without trailing slashes. */
export const externalUrl = format('url', 'an absolute http or https URL without user, query or fragment', (text) => {
  const isPlain = /^https?:\/\/[^/?#\\@]+(\/[^?#\\]*)?$/i.test(text) && /^[\x21-\x7e]+$/.test(text);
  return isPlain && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined;
});

/** First segments of paths that do not belong to a version of the API. */
const RESERVED_SEGMENTS = ['admin', 'console', 'docs', 'health', 'metrics', 'openapi.json', 'openapi.yml', 'profiling'];

/** One path segment that no other route begins with. */
export const apiVersion = format(
  'segment',
  `one path segment of letters, digits, dots, dashes and underscores, none of ${RESERVED_SEGMENTS.join(', ')}`,
  (text) => {
    const isSegment = /^[A-Za-z0-9._-]+$/.test(text) && !/^\.+$/.test(text);
    return isSegment && !RESERVED_SEGMENTS.includes(text.toLowerCase()) ? text : undefined;
  },
);

/** `*`, or the origins that browsers may call from, in the form browsers send them (RFC 6454, section 6.1). */
export const corsOrigins = format<'*' | readonly string[]>(
  'origins',
  '* or a comma separated list of origins for example https://shop.example',
  (text) => {
    if (text === '*') return '*';
    const origins: string[] = [];
    for (const item of text.split(',')) {
      const origin = item.trim();
      if (!/^https?:\/\/[^/?#\\@\s]+\/?$/i.test(origin) || !URL.canParse(origin)) return undefined;
      origins.push(new URL(origin).origin);
    }
    return Object.freeze(origins);
  },
);

/** `table` or `schema.table`, of any characters but NUL; the dot only separates. */
export const tableName = format<TableName>(
  'table',
  `table or schema.table, each of 1 to ${IDENTIFIER_LIMIT_BYTES} bytes, without a NUL and with no dot but the one between them`,
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
