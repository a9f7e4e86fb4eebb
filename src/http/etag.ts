/** The entity tag of a resource: its version in quotes (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

const CODING = '(?:gzip|br|deflate|zstd)';
const ENTITY_TAG = new RegExp(`(W/)?"([^"]*?)(?:-${CODING})?"`, 'g');
const CODED_TAG = new RegExp(`"[^"]*-${CODING}"`, 'g');

/** The entity tag of a compressed representation. The functions below accept it, because they compare versions. */
export function codedEtag(etag: string, coding: string): string {
  return etag.replace(/"$/, `-${coding}"`);
}

/** The tag in the header of a compressed representation whose entity tag is `etag`, or null. */
export function codedEtagIn(header: string, etag: string): string | null {
  return header.match(CODED_TAG)?.find((tag) => tag.startsWith(etag.replace(/"$/, '-'))) ?? null;
}

/** Whether `If-Match`, `*` or a valid list, is true by strong comparison (RFC 9110, 13.1.1): weak tags never match. */
export function ifMatchHolds(header: string, version: number): boolean {
  const tags = [...header.matchAll(ENTITY_TAG)];
  return header.trim() === '*' || tags.some(([, weak, tag]) => !weak && tag === String(version));
}

/** Whether `If-None-Match`, `*` or a valid list, matches the version, by weak comparison (RFC 9110, section 13.1.2). */
export function ifNoneMatchNames(header: string, version: number): boolean {
  const tags = [...header.matchAll(ENTITY_TAG)];
  return header.trim() === '*' || tags.some(([, , tag]) => tag === String(version));
}
