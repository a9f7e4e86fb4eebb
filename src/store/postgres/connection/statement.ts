import { type PrimitiveValueExpression, type QuerySqlToken, sql } from 'slonik';
import type { ZodType } from 'zod';

declare global {
  /** Set by Roarr, Slonik's logger. */
  var ROARR: { teardown(): void } | undefined;
}

// Its listener throws errors of standard output, which are the command's to report. Nothing is logged with it.
globalThis.ROARR?.teardown();

/** A statement and the type of its rows, which is not checked at run time. */
export type Statement<Row> = QuerySqlToken<ZodType<Row>>;

/** Creates a statement from text that contains no client input. Slonik itself accepts only literals. */
export function statement<Row>(text: string): Statement<Row> {
  return sql.unsafe(Object.assign([text], { raw: Object.freeze([text]) }));
}

/** Limits how long a process that stalls in a transaction delays all writers. */
export const BEGIN = statement<never>(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = '5s'`);
export const COMMIT = statement<never>('COMMIT');
export const ROLLBACK = statement<never>('ROLLBACK');

export type Query = <Row>(text: Statement<Row>, values: readonly PrimitiveValueExpression[]) => Promise<readonly Row[]>;

/** Returns the values of a statement just before it is sent. Null: no caller waits for it any more. */
export type Values = () => readonly PrimitiveValueExpression[] | null;

/** RFC 3339 in UTC, whatever the DateStyle is. */
export function timestampText(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * No text of a resource contains it: the contract allows no control characters, and JSON escapes them (RFC 8259,
 * section 7).
 */
const SEPARATOR = '\u001f';

/**
 * Joins texts into one parameter. An array parameter would escape every quote, and escaping JSON text costs more than
 * the rest of the driver's work with it.
 *
 * @param texts - at least one; all must be `isJoinable`
 */
export function joined(texts: readonly (string | number)[]): string;
export function joined(texts: readonly (string | number | Buffer)[]): string | Buffer;
export function joined(texts: readonly (string | number | Buffer)[]): string | Buffer {
  if (!texts.some((text) => Buffer.isBuffer(text))) return texts.join(SEPARATOR);
  const pieces = texts.map((text) => (Buffer.isBuffer(text) ? text : Buffer.from(String(text))));
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from(SEPARATOR), piece])));
}

/** Joins the texts of each column. */
export function joinedColumns(
  rows: readonly (readonly (string | number | Buffer)[])[],
  width = rows[0]?.length ?? 0,
): readonly (string | Buffer)[] {
  return Array.from({ length: width }, (_, column) => joined(rows.map((row) => row[column] ?? '')));
}

export function isJoinable(text: string | Buffer): boolean {
  return !text.includes(SEPARATOR);
}

/** SQL that splits a joined parameter into an array. */
export function separated(parameter: number): string {
  return `string_to_array($${parameter}, chr(31))`;
}

/** SQL for rows `w` of joined parameters, numbered by `_place` from 1. */
export function unnested(names: readonly string[]): string {
  const parameters = names.map((_, index) => separated(index + 1));
  return `unnest(${parameters.join(', ')}) WITH ORDINALITY AS w(${names.join(', ')}, _place)`;
}

/** SQL for a list of columns. */
export function of(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name}`).join(', ');
}
