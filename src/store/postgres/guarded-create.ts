import type { CreateOutcome } from '../types.js';
import { toStoreError } from './connection/failure.js';
import { joined, type Statement } from './connection/statement.js';
import { LOCKED, values, type Write, type WriteParts } from './writes.js';

/** What a guarded create needs beside the rest. */
export interface GuardParts {
  readonly guard: Statement<Readonly<Record<string, string | null>>>;
  readonly parameters: readonly string[];
  readonly decide: (found: readonly Readonly<Record<string, string | null>>[]) => string | null;
}

/**
 * Creates a row if a condition on other rows holds: in one transaction, which takes its turn before it looks.
 *
 * @returns the outcome, an error or `LOCKED`
 */
export async function executeGuardedCreate<Column extends string>(
  { executor, statements, keys }: WriteParts<Column>,
  { guard, parameters, decide }: GuardParts,
  write: Write,
): Promise<CreateOutcome<Column> | typeof LOCKED | Error> {
  const { idempotency } = write;
  const found: { outcome: CreateOutcome<Column> } = { outcome: { outcome: 'exists' } };
  const result = await executor.transaction(
    async (query) => {
      await query(statements.lockLog, []);
      if (idempotency !== undefined) {
        const replay = keys.result(idempotency, await query(keys.statement, keys.values([idempotency])));
        if (replay !== null) {
          found.outcome = replay;
          return null;
        }
      }
      const [existing] = await query(statements.existing, [joined([write.id])]);
      // That the id is in use comes first, whatever the condition says.
      if (existing !== undefined) return null;
      const verdict = decide(await query(guard, parameters));
      if (verdict !== null) {
        found.outcome = { outcome: 'rejected', verdict };
        return null;
      }
      write.call.markSent();
      const isKeyed = idempotency !== undefined;
      const [created] = await query(
        isKeyed ? statements.write.created.keyed : statements.write.created.plain,
        values('created', [write], isKeyed),
      );
      found.outcome = { outcome: created === undefined ? 'exists' : 'created' };
      write.call.noteToken(created?.token);
      return created ?? null;
    },
    () => write.call.markKnown(),
  );
  if (!('failure' in result)) {
    write.call.markKnown();
    return found.outcome;
  }
  return result.failure.kind === 'locked' ? LOCKED : toStoreError(result.failure, true);
}
