import type { PrimitiveValueExpression } from 'slonik';
import { deadlineExceeded, isExpired } from '../batch.js';
import { type RepoCall, RepoError } from '../repo.js';
import { type Failure, isOutage, toRepoError } from './failure.js';
import type { Session, Statement } from './session.js';

/** A write on its way, with the id it is about. */
export interface Write {
  readonly id: string;
  readonly call: RepoCall;
}

/**
 * What is known of a payment after the statement: that its id is taken (`exists`), its version if it is live, or null
 * where there is none.
 */
export type Known = 'exists' | number | null;

/** How a kind of write speaks to the database. */
export interface WriteKind<Item extends Write, Row extends { readonly id: string }, Outcome> {
  readonly statement: Statement<Row>;
  readonly values: (items: readonly Item[]) => readonly PrimitiveValueExpression[];
  /** What of an item is joined with the texts of others. */
  readonly texts: (item: Item) => readonly string[];
  readonly sizeBytes: (item: Item) => number;
  /** What the statement made of an item; `row` is the one it gave for the item's id. */
  readonly outcome: (item: Item, row: Row | undefined) => { readonly outcome: Outcome; readonly known: Known };
  /** What comes of an item where so much is known already, or null where it must be tried. */
  readonly foregone: (item: Item, known: Known) => Outcome | null;
}

/** Beyond it one statement becomes several: the driver holds it in memory more than once while it is sent. */
const STATEMENT_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Executes a batch of writes as if they came one after another, in as few statements as that allows. Of several writes
 * to one id the first goes to the database; most of the others have lost by then, and what the statement gave says so.
 *
 * @param session - the way to the database
 * @param kind - create, update or delete
 * @param items - the batch, in order of arrival
 * @returns an outcome or an error for each, in the same order
 */
export async function executeWrites<Item extends Write, Row extends { readonly id: string }, Outcome>(
  session: Session,
  kind: WriteKind<Item, Row, Outcome>,
  items: readonly Item[],
): Promise<readonly (Outcome | Error)[]> {
  const outcomes = new Map<Item, Outcome | Error>();
  const known = new Map<string, Known>();

  const send = async (batch: readonly Item[]): Promise<void> => {
    let sent: readonly Item[] = [];
    const result = await session.run(kind.statement, {
      write: true,
      values: () => {
        sent = dropExpired(batch, outcomes);
        for (const { call } of sent) {
          call.sent = true;
        }
        return sent.length === 0 ? null : kind.values(sent);
      },
      undone: () => {
        for (const { call } of sent) {
          call.sent = false;
        }
      },
    });
    if (!('failure' in result)) {
      const rows = new Map(result.value?.map((row) => [row.id, row]));
      for (const item of sent) {
        const { outcome, known: after } = kind.outcome(item, rows.get(item.id));
        outcomes.set(item, outcome);
        known.set(item.id, after);
      }
    } else if (result.failure.kind === 'row' && sent.length > 1) {
      // One of them spoils it for all; halving finds it in few steps, and the others are none the worse.
      const middle = sent.length >> 1;
      await send(sent.slice(0, middle));
      await send(sent.slice(middle));
    } else {
      fail(batch, sent, result.failure);
    }
  };

  const fail = (batch: readonly Item[], sent: readonly Item[], failure: Failure): void => {
    const ofSent = toRepoError(failure, true);
    const ofUnsent = toRepoError(failure, false);
    for (const item of batch) {
      if (!outcomes.has(item)) {
        outcomes.set(item, sent.includes(item) ? ofSent : ofUnsent);
      }
    }
    if (isOutage(failure)) {
      // The rest was not sent, and trying would only make its callers wait.
      for (const item of items) {
        if (!outcomes.has(item)) {
          outcomes.set(item, ofUnsent);
        }
      }
    }
  };

  let pending = items;
  while (pending.length > 0) {
    await send(nextStatement(pending, kind.sizeBytes));
    pending = settleForegone(pending, kind, known, outcomes);
  }
  return items.map((item) => outcomes.get(item) ?? new RepoError('broken', 'a write was lost in its batch'));
}

/** The first write to each id, in order, as far as they fit into a statement. */
function nextStatement<Item extends Write>(pending: readonly Item[], sizeBytes: (item: Item) => number): Item[] {
  const first = new Map<string, Item>();
  let bytes = 0;
  for (const item of pending) {
    if (!first.has(item.id)) {
      bytes += sizeBytes(item);
      if (bytes > STATEMENT_LIMIT_BYTES && first.size > 0) {
        break;
      }
      first.set(item.id, item);
    }
  }
  return [...first.values()];
}

function dropExpired<Item extends Write>(batch: readonly Item[], outcomes: Map<Item, unknown>): readonly Item[] {
  const now = performance.now();
  return batch.filter((item) => {
    const expired = isExpired(item.call, now);
    if (expired) {
      outcomes.set(item, deadlineExceeded());
    }
    return !expired;
  });
}

/** Settles what needs no further statement. @returns the rest, in which the order of an id's writes is kept */
function settleForegone<Item extends Write, Row extends { readonly id: string }, Outcome>(
  pending: readonly Item[],
  kind: WriteKind<Item, Row, Outcome>,
  known: ReadonlyMap<string, Known>,
  outcomes: Map<Item, Outcome | Error>,
): readonly Item[] {
  const undecided = new Set<string>();
  return pending.filter((item) => {
    if (outcomes.has(item)) {
      return false;
    }
    const after = known.get(item.id);
    const outcome = after === undefined || undecided.has(item.id) ? null : kind.foregone(item, after);
    if (outcome === null) {
      undecided.add(item.id);
      return true;
    }
    outcomes.set(item, outcome);
    return false;
  });
}
