import { decodeCursor } from '../store/cursor.js';
import type { PageRequest } from '../store/repo.js';

/** The parameters of a list, as the contract gives them. */
export interface PageQuery {
  readonly from?: number;
  readonly size?: number;
  readonly to?: number;
  readonly after?: string;
}

/**
 * The parameters with what a double cannot hold replaced by what it comes to, the greatest page: links that repeat
 * them would name a number that nobody asked for.
 *
 * @param query - validated parameters
 * @param maxResults - default and greatest number of payments on a page
 */
export function withExactNumbers(query: PageQuery, maxResults: number): PageQuery {
  const { from = 0, size = 0, to = 0 } = query;
  if (Number.isSafeInteger(size) && Number.isSafeInteger(to)) return query;
  return { ...query, ...(size > 0 ? { size: maxResults } : { to: from + maxResults }) };
}

/**
 * How many payments the client asked for: by `size`, or by `to`, its deprecated alternative.
 *
 * @param query - validated parameters
 * @returns the number, before any cap; undefined where the client leaves it open
 */
export function pageSize({ from = 0, size, to }: PageQuery): number | undefined {
  return to === undefined ? size : to - from;
}

/**
 * The page that a client asks for.
 *
 * @param query - validated parameters
 * @param maxResults - default and greatest number of payments on a page
 */
export function pageRequestOf(query: PageQuery, maxResults: number): PageRequest {
  const size = Math.min(pageSize(query) ?? maxResults, maxResults);
  if (query.from !== undefined) return { kind: 'offset', from: query.from, size };
  const cursor = query.after === undefined ? null : decodeCursor(query.after);
  return cursor ? { ...cursor, size } : { kind: 'after', position: '0', size };
}
