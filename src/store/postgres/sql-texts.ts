/** RFC 3339 in UTC, whatever the DateStyle is. */
export function timestampText(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * Stands between texts that travel to the database as one. No text of a resource can hold it: the contract admits no control
 * characters, and in JSON text they are escaped (RFC 8259, section 7).
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

/** The array of which a joined parameter is made, in SQL. */
export function separated(parameter: number): string {
  return `string_to_array($${parameter}, chr(31))`;
}
