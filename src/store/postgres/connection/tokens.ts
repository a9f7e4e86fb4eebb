import { quoteTable } from '../../migrations/identifier.js';
import type { ResourceTables } from '../../tables.js';
import { type Statement, statement } from './statement.js';

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
