import { quoteTable, type ResourceTables } from '../tables.js';
import { type Statement, statement } from './connection/statement.js';

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
