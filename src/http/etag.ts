/** The entity tag of a resource: its version in quotes (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** The content codings that `codedEtag` supports. */
const CODING = '(?:gzip|br|deflate|zstd)';
const ENTITY_TAG = new RegExp(`(W/)?"([^"]*?)(?:-${CODING})?"`, 'g');
const CODED_TAG = new RegExp(`"[^"]*-${CODING}"`);

/**
 * The entity tag of a compressed representation, whose bytes differ from the plain one's. `ifMatchHolds` and
 * `ifNoneMatchNames` accept it as the plain tag, because they compare versions.
 */
export function codedEtag(etag: string, coding: string): string {
  return etag.replace(/"$/, `-${coding}"`);
}

/** The first tag of a compressed representation in the header, or null. */
export function codedEtagIn(header: string): string | null {
  return CODED_TAG.exec(header)?.[0] ?? null;
}

/**
 * Whether `If-Match` is true, by strong comparison (RFC 9110, section 13.1.1): a weak tag never matches.
 *
 * @param header - `*` or a valid list of entity tags
 */
export function ifMatchHolds(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  for (const [, weak, tag] of header.matchAll(ENTITY_TAG)) if (!weak && tag === String(version)) return true;
  return false;
}

/**
 * Whether `If-None-Match` contains the stored version, by weak comparison (RFC 9110, section 13.1.2).
 *
 * @param header - `*` or a valid list of entity tags
 */
export function ifNoneMatchNames(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  for (const [, , tag] of header.matchAll(ENTITY_TAG)) if (tag === String(version)) return true;
  return false;
}
