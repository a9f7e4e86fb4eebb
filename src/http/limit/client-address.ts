import { isIP } from 'node:net';

/** An IPv4 address as an IPv6 socket shows it (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX = '::ffff:';

/** An address with the port that some proxies append: `1.2.3.4:567`, `[::1]:567`, `[::1]`. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/;

/** What is looked at of a request (`IncomingMessage`). */
export interface AddressedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What a socket that is gone is counted as. */
const UNKNOWN = 'unknown';

/**
 * The address a request is counted under.
 *
 * Behind a trusted proxy it is the last entry of `X-Forwarded-For`: nginx, HAProxy and the balancers of the clouds
 * append the address they saw, so that the last entry is the proxy's own word, and every one before it is whatever the
 * client liked to send. An entry that is no address is ignored, and the socket's address counts.
 *
 * @param request - the request
 * @param trustProxy - whether a proxy stands in front and is to be believed
 */
export function clientAddress(request: AddressedRequest, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = lastForwarded(request.headers['x-forwarded-for']);
    if (forwarded !== null) return forwarded;
  }
  return unmapped(request.socket.remoteAddress ?? UNKNOWN);
}

function lastForwarded(header: string | string[] | undefined): string | null {
  const list = Array.isArray(header) ? header.at(-1) : header;
  if (list === undefined) return null;
  const entry = list.slice(list.lastIndexOf(',') + 1).trim();
  if (isIP(entry) !== 0) return unmapped(entry.toLowerCase());
  const match = WITH_PORT.exec(entry);
  const address = match?.[1] ?? match?.[2];
  return address !== undefined && isIP(address) !== 0 ? unmapped(address.toLowerCase()) : null;
}

function unmapped(address: string): string {
  if (!address.startsWith(MAPPED_PREFIX)) return address;
  const rest = address.slice(MAPPED_PREFIX.length);
  return isIP(rest) === 4 ? rest : address;
}
