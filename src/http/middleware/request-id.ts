import { randomUUID } from 'node:crypto';

/** Token characters of RFC 9110, section 5.6.2, and the few more that ids in use have (UUIDs, trace ids, URNs). */
const SANE = /^[A-Za-z0-9!#$%&'*+.^_`|~:/=@-]{1,128}$/;

/**
 * The id of a request: the client's own where it is a sane token of at most 128 characters, else a new one. A bad one
 * is replaced rather than refused, since it must never cost a client its payment.
 *
 * @param sent - the client's `X-Request-Id`
 */
export function requestIdOf(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && SANE.test(sent) ? sent : randomUUID();
}
