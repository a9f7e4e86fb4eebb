/** The entity tag of a resource: its version in quotes (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** The codings that `codedEtag` knows. */
const CODING = '(?:gzip|br|deflate|zstd)';
const ENTITY_TAG = new RegExp(`(W/)?"([^"]*?)(?:-${CODING})?"`, 'g');
const CODED_TAG = new RegExp(`"[^"]*-${CODING}"`);

/**
 * The entity tag of a compressed representation, which differs from the plain one's byte for byte. `ifMatchHolds` and
 * `ifNoneMatchNames` take it for the tag it was made of: what they ask for is the version.
 */
export function codedEtag(etag: string, coding: string): string {
  return etag.replace(/"$/, `-${coding}"`);
}

/** The tag of a compressed representation among those that a client names; null if there is none. */
export function codedEtagIn(header: string): string | null {
  return CODED_TAG.exec(header)?.[0] ?? null;
}

/**
 * Whether `If-Match` holds, by strong comparison (RFC 9110, section 13.1.1): a weak tag never matches.
 *
 * @param header - the header's value, already known to be `*` or a list of entity tags
 */
export function ifMatchHolds(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  for (const [, weak, tag] of header.matchAll(ENTITY_TAG)) if (!weak && tag === String(version)) return true;
  return false;
}

/**
 * Whether `If-None-Match` names the stored version, by weak comparison (RFC 9110, section 13.1.2).
 *
 * @param header - the header's value, already known to be `*` or a list of entity tags
 */
export function ifNoneMatchNames(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  for (const [, , tag] of header.matchAll(ENTITY_TAG)) if (tag === String(version)) return true;
  return false;
}
