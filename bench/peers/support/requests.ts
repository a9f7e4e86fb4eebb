import { randomUUID } from 'node:crypto';

const SANE_REQUEST_ID = /^[A-Za-z0-9!#$%&'*+.^_`|~:/=@-]{1,128}$/;

/** The client's own request id if it is valid, otherwise a new one. */
export function requestIdOf(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && SANE_REQUEST_ID.test(sent) ? sent : randomUUID();
}

/** The entity tag of a version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Whether a tag is in an `If-Match` or `If-None-Match` header (RFC 9110, 13.1). */
export function matchesTag(header: string, etag: string): boolean {
  if (header === '*' || header === etag) return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** A cursor after a payment, opaque to clients. */
export function encodeCursor(position: number): string {
  return Buffer.from(`1a${position}`, 'latin1').toString('base64url');
}

/** @returns the position, or null if the text is not a cursor */
export function decodeCursor(text: string): number | null {
  const match = /^1a(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  return match === null ? null : Number(match[1]);
}
