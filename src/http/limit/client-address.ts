import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The trusted proxies: none (`false`), one (`true`), a number of consecutive ones, or addresses and CIDR blocks. */
export type TrustProxy = boolean | number | readonly string[];

type AddressedRequest = Pick<IncomingMessage, 'headers'> & { readonly socket: Pick<Socket, 'remoteAddress'> };

/** The prefix of an IPv4 address on an IPv6 socket (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX = '::ffff:';

/** An address with the port that some proxies append: `1.2.3.4:567`, `[::1]:567`, `[::1]`. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/;

/** The address of a closed socket. */
const UNKNOWN = 'unknown';

/**
 * Makes a function that finds the address of a request's client. Each proxy appends the address it saw to
 * `X-Forwarded-For`. So the header is read from its end, as long as the sender of an entry is trusted; a client may
 * forge the rest. An invalid entry ends the search.
 */
export function createClientAddress(trustProxy: TrustProxy): (request: AddressedRequest) => string {
  const isTrusted = trustOf(trustProxy);
  return function clientAddress({ headers, socket }) {
    let client = canonicalAddress(socket.remoteAddress ?? '') ?? UNKNOWN;
    const header = trustProxy === false ? undefined : headers['x-forwarded-for'];
    if (header === undefined) return client;
    let rest = String(header);
    for (let hop = 0; rest !== '' && isTrusted(client, hop); hop += 1) {
      const comma = rest.lastIndexOf(',');
      const entry = rest.slice(comma + 1).trim();
      const match = WITH_PORT.exec(entry);
      const address = canonicalAddress(match?.[1] ?? match?.[2] ?? entry);
      if (address === null) break;
      client = address;
      rest = rest.slice(0, Math.max(comma, 0));
    }
    return client;
  };
}

/** Whether the address, `hop` steps from the service towards the client, is a trusted proxy. */
function trustOf(trustProxy: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trustProxy !== 'object') return (_, hop) => hop < Number(trustProxy);
  const blocks = trustProxy.map((block) =>
    ipaddr.parseCIDR(block.includes('/') ? block : `${block}/${isIPv4(block) ? 32 : 128}`),
  );
  return (text) => {
    if (text === UNKNOWN) return false;
    const address = ipaddr.parse(text);
    return blocks.some(([network, bits]) => {
      if (network.kind() === address.kind()) return address.match(network, bits);
      return address instanceof ipaddr.IPv4 && address.toIPv4MappedAddress().match(network, bits);
    });
  };
}

/** IPv4 in dotted decimal, also if mapped into IPv6; IPv6 as in RFC 5952, without a zone. */
function canonicalAddress(text: string): string | null {
  // Node shows IPv4 clients like this if it listens on all interfaces; the usual case, without parsing.
  const short = text.startsWith(MAPPED_PREFIX) ? text.slice(MAPPED_PREFIX.length) : text;
  if (isIPv4(short)) return short;
  if (isIP(text) === 0) return null;
  const address = ipaddr.process(text.replace(/%.*/, ''));
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** The client's IPv4 address, or its IPv6 network, in which it may choose any address. */
export function limitKey(address: string, ipv6PrefixBits: number): string {
  if (!address.includes(':')) return address;
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address}/${ipv6PrefixBits}`);
  return `${network.toNormalizedString()}/${ipv6PrefixBits}`;
}
