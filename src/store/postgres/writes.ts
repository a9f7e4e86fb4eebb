import type { PrimitiveValueExpression } from 'slonik';
import { deadlineExceeded, isExpired } from '../batch.js';
import { type ChangeKind, type ColumnValue, type Idempotency, type Replay, StoreError } from '../types.js';
import { Failure } from './connection/failure.js';
import type { PendingCall } from './connection/pending-calls.js';
import type { QueryExecutor } from './connection/query-executor.js';
import { joined, joinedColumns } from './connection/statement.js';
import { executeReads, type Read } from './reads.js';
import type { KeyText, Statements, WrittenText } from './statements.js';

export interface Write {
  readonly call: PendingCall;
  readonly id: string;
  /** The expected version; 0 for a create. */
  readonly version: number;
  /** The values of the resource's own columns; none for a delete. */
  readonly values: readonly ColumnValue[];
  readonly idempotency: Idempotency | undefined;
}

/** Another transaction has locked the row. The write was not executed and is to be retried. */
export const LOCKED = Symbol('locked');

/** A row's id is taken (`exists`), its version if it is live, or null if there is none. */
export type RowState = 'exists' | number | null;

export interface WriteKind<Outcome> {
  readonly kind: ChangeKind;
  /** The outcome of a write that was executed, and the state in which it left the row. */
  readonly written: (write: Write) => readonly [outcome: Outcome, state: RowState];
  /** The outcome that follows from the row's state without executing the write; null if it must be executed. */
  readonly impliedOutcome: (write: Write, state: RowState) => Outcome | null;
}

/**
 * Executes a statement of writes.
 *
 * @param take - returns the writes just before they are sent; none if no caller waits any more
 * @param undone - called if they were sent and certainly rolled back
 * @throws Failure
 */
export type ExecuteStatement = (
  kind: ChangeKind,
  isKeyed: boolean,
  take: () => readonly Write[],
  undone: () => void,
) => Promise<readonly WrittenText[]>;

export interface WriteParts {
  readonly executor: QueryExecutor;
  readonly execute: ExecuteStatement;
  readonly statements: Statements;
  readonly keys: Read<Idempotency, KeyText, Replay | null>;
}

/** Larger batches are split: the driver holds several copies of a statement in memory. */
const STATEMENT_LIMIT_BYTES = 8 * 1024 * 1024;

const KEY_ATTEMPTS = 5;

/**
 * Executes a batch of writes as if they were sequential, in as few statements as possible. Of several writes to one id,
 * or with one key, only the first is sent; for most of the others the outcome follows from its result.
 *
 * @param items - the batch, in order of arrival
 * @returns an outcome, an error or `LOCKED` for each, in the same order
 */
export async function executeWrites<Outcome>(
  parts: WriteParts,
  kind: WriteKind<Outcome>,
  items: readonly Write[],
): Promise<readonly (Outcome | Replay | typeof LOCKED | Error)[]> {
  const batch = new WriteBatch(parts, kind);
  let pending = items;
  while (pending.length > 0) {
    await batch.send(nextStatement(pending));
    // Once the database is unreachable the rest is not tried: its callers would only wait.
    if (batch.outage !== null) batch.fail(pending, batch.outage);
    pending = batch.settleImplied(pending);
  }
  return items.map((item) => batch.outcomes.get(item) ?? new StoreError('broken', 'a write was lost in its batch'));
}

class WriteBatch<Outcome> {
  readonly outcomes = new Map<Write, Outcome | Replay | typeof LOCKED | Error>();
  outage: Failure | null = null;
  readonly #states = new Map<string, RowState | typeof LOCKED>();

  constructor(
    private readonly parts: WriteParts,
    private readonly kind: WriteKind<Outcome>,
  ) {}

  /** Executes one statement, or several if one write makes it fail. */
  async send(batch: readonly Write[], attempts = 1): Promise<void> {
    const isKeyed = batch.some(({ idempotency }) => idempotency !== undefined);
    let sent: readonly Write[] = [];
    const take = () => {
      sent = this.#withoutExpired(batch);
      for (const { call } of sent) call.markSent();
      return sent;
    };
    let rows: readonly WrittenText[];
    try {
      rows = await this.parts.execute(this.kind.kind, isKeyed, take, () => {
        for (const { call } of sent) call.markUnwritten();
      });
    } catch (error) {
      await this.#tryAgain(batch, sent, attempts, error);
      return;
    }
    await this.#settle(sent, new Map(rows.map((row) => [row.id, row])));
  }

  /** Retries a statement that one write made fail; otherwise the batch fails. */
  async #tryAgain(batch: readonly Write[], sent: readonly Write[], attempts: number, error: unknown): Promise<void> {
    const kind = error instanceof Failure ? error.kind : null;
    if (error instanceof Failure && error.isKeyTaken && attempts < KEY_ATTEMPTS) {
      // Another process recorded one of the keys after this statement's snapshot; the retry sees it.
      await this.send(sent, attempts + 1);
    } else if ((kind === 'row' || kind === 'locked') && sent.length > 1) {
      // Halving finds the failing write in few steps, and the others succeed.
      const middle = sent.length >> 1;
      await this.send(sent.slice(0, middle));
      // After an outage, what was not sent fails.
      if (this.outage === null) await this.send(sent.slice(middle));
    } else if (kind === 'locked') {
      for (const write of sent) this.#setLocked(write);
    } else {
      this.fail(batch, error);
      if (error instanceof Failure && error.isOutage) this.outage = error;
    }
  }

  fail(writes: readonly Write[], cause: unknown): void {
    for (const write of writes) if (!this.outcomes.has(write)) this.outcomes.set(write, asError(cause));
  }

  /** Settles writes whose outcome is implied. @returns the rest, in order */
  settleImplied(pending: readonly Write[]): readonly Write[] {
    const undecided = new Set<string>();
    return pending.filter((write) => {
      if (this.outcomes.has(write)) return false;
      const state = this.#states.get(write.id);
      // Only the database knows whether a key was used before, which takes precedence.
      const isOpen = state === undefined || undecided.has(write.id) || write.idempotency !== undefined;
      const outcome = state === LOCKED ? LOCKED : isOpen ? null : this.kind.impliedOutcome(write, state);
      if (outcome === null) undecided.add(write.id);
      else this.outcomes.set(write, outcome);
      return outcome === null;
    });
  }

  /** Later writes to the row wait too. */
  #setLocked(write: Write): void {
    this.outcomes.set(write, LOCKED);
    this.#states.set(write.id, LOCKED);
  }

  async #settle(sent: readonly Write[], rows: ReadonlyMap<string, WrittenText>): Promise<void> {
    const unclear: Write[] = [];
    const keyed: Write[] = [];
    for (const write of sent) {
      const row = rows.get(write.id);
      const isKeyed = write.idempotency !== undefined;
      if (row?.written) {
        const [outcome, state] = this.kind.written(write);
        this.outcomes.set(write, outcome);
        this.#states.set(write.id, state);
        write.call.noteToken(row.token);
        continue;
      }
      write.call.markUnwritten();
      const state = row && (row.deleted ? null : Number(row.version));
      // Null if the version is right: its key was used before, which is looked up.
      const outcome = state === undefined ? null : this.kind.impliedOutcome(write, state);
      if (outcome !== null) this.outcomes.set(write, outcome);
      // If its key may have stopped the write, the row's state is unknown.
      if (isKeyed) keyed.push(write);
      else if (outcome === null || state === undefined) unclear.push(write);
      else this.#states.set(write.id, state);
    }
    if (keyed.length > 0) unclear.push(...(await this.#settleKeyed(keyed)));
    if (unclear.length > 0) await this.#settleMissing(unclear);
  }

  /** Looks up the keys of writes that did not succeed. @returns those still unclear */
  async #settleKeyed(keyed: readonly Write[]): Promise<readonly Write[]> {
    const requests = keyed.flatMap(({ idempotency, call }) =>
      idempotency === undefined ? [] : [{ request: idempotency, call }],
    );
    // If the lookup fails, a conflict proves nothing: this write may have been executed before.
    const replays = await executeReads(this.parts.executor, this.parts.keys, requests).catch((error: unknown) =>
      keyed.map(() => asError(error)),
    );
    return keyed.filter((write, index) => {
      const replay = replays[index] ?? null;
      if (replay !== null) this.outcomes.set(write, replay);
      return !this.outcomes.has(write);
    });
  }

  /** Rows that were not written exist, are missing, are locked by another transaction, or were created a moment ago. */
  async #settleMissing(unclear: readonly Write[]): Promise<void> {
    const { executor, statements } = this.parts;
    const ids = joined(unclear.map(({ id }) => id));
    const found = await executor
      .read(statements.existing, () => [ids])
      .catch((error: unknown) => this.fail(unclear, error));
    if (!found) return;
    const existing = new Set(found.map(({ id }) => id));
    for (const write of unclear) {
      const state = existing.has(write.id) ? 'exists' : null;
      const outcome = this.kind.impliedOutcome(write, state);
      if (outcome === null) this.#setLocked(write);
      else {
        this.outcomes.set(write, outcome);
        if (state === null) this.#states.set(write.id, null);
      }
    }
  }

  #withoutExpired(batch: readonly Write[]): readonly Write[] {
    const now = performance.now();
    return batch.filter((write) => {
      if (!isExpired(write.call, now)) return true;
      this.outcomes.set(write, deadlineExceeded());
      return false;
    });
  }
}

/** The first write to each id and with each key, in order, up to the statement limit. */
function nextStatement(pending: readonly Write[]): Write[] {
  const first = new Map<string, Write>();
  const keys = new Set<string>();
  let bytes = 0;
  for (const write of pending) {
    const key = write.idempotency?.key;
    if (first.has(write.id) || (key !== undefined && keys.has(key))) continue;
    // Approximate.
    for (const value of write.values) bytes += value.length;
    if (bytes > STATEMENT_LIMIT_BYTES && first.size > 0) break;
    first.set(write.id, write);
    if (key !== undefined) keys.add(key);
  }
  return [...first.values()];
}

export function values(
  kind: ChangeKind,
  writes: readonly Write[],
  isKeyed: boolean,
): readonly PrimitiveValueExpression[] {
  return joinedColumns(
    writes.map(({ id, version, values, idempotency }) => [
      ...(kind === 'created' ? [id] : [id, versionValue(version)]),
      ...values,
      ...(isKeyed ? [idempotency?.key ?? '', idempotency?.fingerprint ?? ''] : []),
    ]),
  );
}

/** Replaces a version beyond the database's integers by one that no row has. */
export function versionValue(version: number): number {
  return Number.isSafeInteger(version) ? version : -1;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new StoreError('broken', String(cause));
}
