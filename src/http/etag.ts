/**
 * The entity tag of a payment: its version in quotes (RFC 9110, section 8.8.3).
 *
 * @param version - the payment's version
 */
export function etagOf(version: number): string {
  return `"${version}"`;
}

const ENTITY_TAG = /(W\/)?("[^"]*")/g;

/**
 * Whether `If-Match` holds, by strong comparison (RFC 9110, section 13.1.1): a weak tag never matches.
 *
 * @param header - the header's value, already known to be `*` or a list of entity tags
 * @param version - version of the payment as it is stored
 */
export function ifMatchHolds(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  const etag = etagOf(version);
  for (const [, weak, tag] of header.matchAll(ENTITY_TAG)) if (!weak && tag === etag) return true;
  return false;
}

/**
 * Whether `If-None-Match` names the stored version, by weak comparison (RFC 9110, section 13.1.2).
 *
 * @param header - the header's value, already known to be `*` or a list of entity tags
 * @param version - version of the payment as it is stored
 */
export function ifNoneMatchNames(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  const etag = etagOf(version);
  for (const [, , tag] of header.matchAll(ENTITY_TAG)) if (tag === etag) return true;
  return false;
}
