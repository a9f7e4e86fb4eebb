import { type PrimitiveValueExpression, type QuerySqlToken, sql } from 'slonik';
import type { ZodType } from 'zod';
import { quoteTable, type ResourceTables } from '../../tables.js';

/** A statement and the shape of its rows: a type for the compiler, checked by nobody at run time. */
export type Statement<Row> = QuerySqlToken<ZodType<Row>>;

/**
 * Makes a statement of a text that is put together here, of quoted names and of nothing that a client sent. Slonik would
 * only take a literal.
 */
export function statement<Row>(text: string): Statement<Row> {
  return sql.unsafe(Object.assign([text], { raw: Object.freeze([text]) }));
}

/** Sends a statement within a transaction. */
export type Query = <Row>(text: Statement<Row>, values: readonly PrimitiveValueExpression[]) => Promise<readonly Row[]>;

/** Statements of a kind of page, for a list or feed of everything and for one that is restricted to a value of the filter. */
export interface Filterable<Row> {
  readonly all: Statement<Row>;
  readonly filtered: Statement<Row>;
}

/** A write without idempotency keys, and one that looks for them and records them. */
export interface Keyable<Row> {
  readonly plain: Statement<Row>;
  readonly keyed: Statement<Row>;
}

/** Asked for the values of a statement when there is a connection, just before it leaves. Null: nobody needs it any more. */
export type Values = () => readonly PrimitiveValueExpression[] | null;

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
export function joined(texts: readonly (string | number)[]): string;
export function joined(texts: readonly (string | number | Buffer)[]): string | Buffer;
export function joined(texts: readonly (string | number | Buffer)[]): string | Buffer {
  if (!texts.some((text) => Buffer.isBuffer(text))) return texts.join(SEPARATOR);
  const pieces = texts.map((text) => (Buffer.isBuffer(text) ? text : Buffer.from(String(text))));
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from(SEPARATOR), piece])));
}

/** Whether a text can be one of several in a parameter. */
export function isJoinable(text: string | Buffer): boolean {
  return !text.includes(SEPARATOR);
}

/** The array of which a joined parameter is made, in SQL. */
export function separated(parameter: number): string {
  return `string_to_array($${parameter}, chr(31))`;
}

/**
 * A token names a change: its position, and when it was made. A server that has this very change has all that came before
 * it. A position alone would not do: a standby that was not promoted may have other changes at the same positions, which
 * were lost in the failover.
 */
const TOKEN = /^(?<position>\d{1,18})-\d{1,18}$/;

/** The token of a change, in SQL. */
export function tokenOf(alias: string): string {
  return `${alias}.position || '-' || (extract(epoch FROM ${alias}.at) * 1000000)::bigint`;
}

/** The position in a token; null for a token that names no change, such as the one for whatever is newest. */
export function positionIn(token: string): string | null {
  return TOKEN.exec(token)?.groups?.position ?? null;
}

/** What `withTokens` adds to each row. There is at least one row; `found` is null if the statement itself found none. */
export interface TokenText {
  /** The token of the last change that the statement saw; null where there is none. */
  readonly last_token: string | null;
  /** The tokens of the changes that were asked for, with spaces in between. */
  readonly known_tokens: string | null;
  readonly found: boolean | null;
}

/**
 * A statement that reads, and says in the same snapshot how far the server is.
 *
 * @param read - the statement
 * @param tables - of its resource
 * @returns takes positions as a further parameter, after the statement's own
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
