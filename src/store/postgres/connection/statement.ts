import { type PrimitiveValueExpression, type QuerySqlToken, sql } from 'slonik';
import type { ZodType } from 'zod';

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

/** Why the database cannot do its work, with the code that the server would give when it is tried. */
export interface HealthProblem {
  readonly code: string;
  readonly problem: string;
}

export interface Execution {
  /** Whether the statement changes anything, so that it must not be repeated where it may have been executed. */
  readonly write: boolean;
  /** Asked when there is a connection, just before the statement leaves. Null: nobody needs it any more. */
  readonly values: () => readonly PrimitiveValueExpression[] | null;
  /** The statement left, but was certainly undone. */
  readonly undone?: () => void;
}
