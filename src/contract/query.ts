import type { ContractRequest } from './contract-request.js';
import { escapePointer } from './json-document.js';

const DIGITS = /^\d+$/;
/** The first integer that is not safe: whatever is larger becomes this one, which no maximum lets through. */
const BEYOND_EXACT = 2 ** 53;

/**
 * Parses the query of a request, noting what is wrong with it: a parameter given twice, a malformed escape.
 *
 * @param request - the request; faults are noted on it
 * @param integers - names of the parameters that are integers: plain digits become numbers, anything else (`1e3`,
 *   `0x10`, ` 5`) stays the text it is, for the schema to refuse
 * @returns the parameters by name
 */
export function parseQuery(request: ContractRequest, integers: ReadonlySet<string>): Record<string, string | number> {
  const query: Record<string, string | number> = Object.create(null);
  const repeated = new Set<string>();
  for (const pair of request.queryText.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const rawName = equals < 0 ? pair : pair.slice(0, equals);
    const name = decode(rawName) ?? rawName;
    const pointer = `/query/${escapePointer(name)}`;
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    if (name in query) {
      if (!repeated.has(name)) request.addFault(pointer, 'is given more than once');
      repeated.add(name);
    } else if (value === null) {
      request.addFault(pointer, 'has a percent-escape that is not UTF-8');
      query[name] = '';
    } else query[name] = integers.has(name) && DIGITS.test(value) ? Math.min(Number(value), BEYOND_EXACT) : value;
  }
  return query;
}

function decode(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
