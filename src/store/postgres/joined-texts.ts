import { sql } from 'slonik';

/**
 * Stands between texts that travel to the database as one. No text of a payment can hold it: ids and organisations have no
 * control characters, and in JSON text they are escaped (RFC 8259, section 7).
 */
const SEPARATOR = '\u001f';

/**
 * Joins texts into one parameter. An array parameter would be a text too, with every quote in it escaped, and escaping a
 * JSON text and reading it back costs more than all else the driver does with it.
 *
 * @param texts - at least one, each of which `isJoinable`
 */
export function joined(texts: readonly (string | number)[]): string {
  return texts.join(SEPARATOR);
}

/** Whether a text can be one of several in a parameter. */
export function isJoinable(text: string): boolean {
  return !text.includes(SEPARATOR);
}

/**
 * The array of which a parameter is made, in SQL.
 *
 * @param place - number of the parameter, from 1
 */
export function separated(place: 1 | 2 | 3 | 4) {
  const parameter = { 1: sql.fragment`$1`, 2: sql.fragment`$2`, 3: sql.fragment`$3`, 4: sql.fragment`$4` }[place];
  return sql.fragment`string_to_array(${parameter}, chr(31))`;
}
