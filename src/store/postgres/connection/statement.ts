import { type PrimitiveValueExpression, type QuerySqlToken, sql } from 'slonik';
import type { ZodType } from 'zod';
import { quoteTable, type ResourceTables } from '../../tables.js';

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

export const BEGIN = statement<never>('BEGIN');
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

export function isJoinable(text: string | Buffer): boolean {
  return !text.includes(SEPARATOR);
}

/** SQL that splits a joined parameter into an array. */
export function separated(parameter: number): string {
  return `string_to_array($${parameter}, chr(31))`;
}

/**
 * The position and time of a change. A server that has this change has all earlier ones. The position alone would not
 * suffice: after a failover another standby may have other changes at the same positions.
 */
const TOKEN = /^(?<position>\d{1,18})-\d{1,18}$/;

/** SQL for the token of a change. */
export function tokenOf(alias: string): string {
  return `${alias}.position || '-' || (extract(epoch FROM ${alias}.at) * 1000000)::bigint`;
}

/** The position in a token; null if it identifies no change, for example in the token for the newest state. */
export function positionIn(token: string): string | null {
  return TOKEN.exec(token)?.groups?.position ?? null;
}

/** There is at least one row; `found` is null if the statement itself returned none. */
export interface TokenText {
  /** The token of the last change in the snapshot; null if there is none. */
  readonly last_token: string | null;
  /** The tokens of the requested positions, separated by spaces. */
  readonly known_tokens: string | null;
  readonly found: boolean | null;
}

/**
 * Adds the server's last position, in the same snapshot. Takes an array of positions as one more parameter, after its
 * own.
 */
export function withTokens<Row>({ sql }: Statement<Row>, { changes }: ResourceTables): Statement<Row & TokenText> {
  const parameters = Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number));
  const table = quoteTable(changes);
  return statement(`
    SELECT server.*, own.* FROM (
      SELECT (SELECT ${tokenOf('c')} FROM ${table} AS c ORDER BY c.position DESC LIMIT 1) AS last_token,
        (
          SELECT string_agg(${tokenOf('c')}, ' ') FROM ${table} AS c
          WHERE c.position = ANY($${Math.max(0, ...parameters) + 1}::bigint[])
        ) AS known_tokens
    ) AS server LEFT JOIN (SELECT true AS found, r.* FROM (${sql}) AS r) AS own ON true`);
}
