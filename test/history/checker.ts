import type { Operation } from './operation.js';

/** A change of the payment: not before `earliestMs`, not after `latestMs`, and its value. */
interface Change {
  earliestMs: number;
  latestMs: number;
  readonly value: string | null;
}

type Create = Extract<Operation, { kind: 'create' }>;
type Update = Extract<Operation, { kind: 'update' }>;
type Delete = Extract<Operation, { kind: 'delete' }>;

/**
 * Checks that the history of one payment is linearizable: each operation can be given an instant between its invocation
 * and its return, such that the operations in this order give the same responses (Herlihy and Wing 1990).
 *
 * The general search for such an order (Wing and Gong 1993, Lowe 2017) is exponential. A payment makes it simple: its
 * states have one order, absent, version 0, 1, 2, …, deleted, and none returns. So an order is an increasing sequence
 * of instants at which the states begin. Every response bounds these instants from one side, and an order exists if and
 * only if no bounds contradict each other.
 *
 * @param history - the operations on one payment, in any order
 * @returns null if it is linearizable, otherwise the violation
 */
export function findViolation(history: readonly Operation[]): string | null {
  const writes = collectWrites(history);
  if (typeof writes === 'string') return writes;
  const { top } = writes;
  // A delete with an unknown outcome may or may not have happened; both are tried, and the others follow. It may also have had a version that no response showed, of another write with an unknown outcome.
  const acknowledged = writes.deletes.find(({ outcome }) => outcome === 'done');
  if (acknowledged && acknowledged.version !== top) return `deleted at ${acknowledged.version}, seen at ${top}`;
  const unknown = writes.deletes.filter(({ outcome, version }) => outcome === 'unknown' && version >= top);
  const ends = acknowledged ? [acknowledged] : [null, ...unknown];
  let violation: string | null = null;
  for (const end of ends) {
    violation = violationWith(history, writes, end);
    if (violation === null) return null;
  }
  return violation;
}

interface Writes {
  /** The possible writers of each version. */
  readonly candidates: ReadonlyMap<number, readonly (Create | Update)[]>;
  /** The values that were read, by version. */
  readonly seen: ReadonlyMap<number, string>;
  readonly deletes: readonly Delete[];
  /** The highest version that was seen; -1 if there was none. */
  readonly top: number;
}

/** Finds the possible writers of each version, or why the history is wrong with any of them. */
function collectWrites(history: readonly Operation[]): Writes | string {
  const candidates = new Map<number, (Create | Update)[]>();
  const seen = new Map<number, string>();
  const deletes: Delete[] = [];
  let top = -1;
  for (const operation of history) {
    if (operation.kind === 'delete') {
      deletes.push(operation);
      if (operation.outcome === 'done') top = Math.max(top, operation.version);
    } else if (operation.kind !== 'read' && (operation.outcome === 'done' || operation.outcome === 'unknown')) {
      const version = operation.kind === 'create' ? 0 : operation.version + 1;
      candidates.set(version, [...(candidates.get(version) ?? []), operation]);
      if (operation.outcome === 'done') top = Math.max(top, version);
    } else if (operation.kind === 'create') top = Math.max(top, 0);
    const { outcome } = operation;
    if (typeof outcome !== 'object') continue;
    const version = 'value' in outcome ? outcome.version : outcome.currentVersion;
    top = Math.max(top, version);
    if (operation.kind !== 'read' && version === operation.version) {
      return `a ${operation.kind} of version ${version} was rejected because the version is ${version}`;
    }
    if (!('value' in outcome)) continue;
    if ((seen.get(version) ?? outcome.value) !== outcome.value) return `two values were read of version ${version}`;
    seen.set(version, outcome.value);
  }
  if (deletes.filter(({ outcome }) => outcome === 'done').length > 1) return 'deleted twice';
  return { candidates, seen, deletes, top };
}

/** Finds the writer of each version up to the last one, or why there cannot be one. */
function writersUpTo(last: number, { candidates, seen }: Writes): (Create | Update)[] | string {
  const writers: (Create | Update)[] = [];
  for (let version = 0; version <= last; version += 1) {
    const writer = writerOf(version, candidates.get(version) ?? [], seen.get(version));
    if (typeof writer === 'string') return writer;
    writers.push(writer);
  }
  return writers;
}

function writerOf(
  version: number,
  candidates: readonly (Create | Update)[],
  seen: string | undefined,
): Create | Update | string {
  const acknowledged = candidates.filter(({ outcome }) => outcome === 'done');
  if (acknowledged.length > 1) return `version ${version} has ${acknowledged.length} winners`;
  const possible = acknowledged.length === 1 ? acknowledged : candidates;
  const writer = earliest(seen === undefined ? possible : possible.filter(({ value }) => value === seen));
  if (writer) return writer;
  return seen === undefined
    ? `nobody made version ${version}`
    : `version ${version} was read as ${seen}, which nobody wrote`;
}

/** The least restrictive of the possible ones: none of them has an end. */
function earliest<Op extends Operation>(operations: readonly Op[]): Op | undefined {
  return operations.reduce<Op | undefined>(
    (best, operation) => (best && best.invokedMs <= operation.invokedMs ? best : operation),
    undefined,
  );
}

function violationWith(history: readonly Operation[], writes: Writes, end: Delete | null): string | null {
  const writers = writersUpTo(end?.version ?? writes.top, writes);
  if (typeof writers === 'string') return writers;
  // changes[n] is the instant at which version n began; the last one is the deletion.
  const changes = [...writers, ...(end ? [end] : [])].map(
    (writer): Change => ({
      earliestMs: writer.invokedMs,
      latestMs: writer.outcome === 'unknown' ? Number.POSITIVE_INFINITY : writer.returnedMs,
      value: writer.kind === 'delete' ? null : writer.value,
    }),
  );
  const absences: Operation[] = [];
  for (const operation of history) {
    const { outcome } = operation;
    if (outcome === 'absent') absences.push(operation);
    else if (outcome === 'exists') bound(changes, 0, operation, 'begun');
    else if (typeof outcome === 'object') {
      const version = 'value' in outcome ? outcome.version : outcome.currentVersion;
      bound(changes, version, operation, 'begun');
      bound(changes, version + 1, operation, 'not begun');
    }
  }
  return firstContradiction(changes, absences, end ? writers.length : null);
}

/** A response shows that at some instant within it a state had begun, or had not. */
function bound(changes: readonly Change[], at: number, operation: Operation, state: 'begun' | 'not begun'): void {
  const change = changes[at];
  if (!change) return;
  if (state === 'begun') change.latestMs = Math.min(change.latestMs, operation.returnedMs);
  else change.earliestMs = Math.max(change.earliestMs, operation.invokedMs);
}

/**
 * A read without a result came before the creation or after the deletion. A read before the creation bounds it by its
 * invocation, and then so may all earlier ones: one cut divides them.
 */
function firstContradiction(changes: readonly Change[], absences: Operation[], deletion: number | null): string | null {
  const ordered = absences.toSorted((one, other) => one.invokedMs - other.invokedMs);
  let contradiction: string | null = null;
  for (let before = ordered.length; before >= (deletion === null ? ordered.length : 0); before -= 1) {
    const tried = changes.map((change) => ({ ...change }));
    for (const operation of ordered.slice(0, before)) bound(tried, 0, operation, 'not begun');
    for (const operation of ordered.slice(before)) bound(tried, deletion ?? 0, operation, 'begun');
    contradiction = orderContradiction(tried);
    if (contradiction === null) return null;
  }
  return contradiction;
}

function orderContradiction(changes: readonly Change[]): string | null {
  let nowMs = Number.NEGATIVE_INFINITY;
  for (const [version, { earliestMs, latestMs, value }] of changes.entries()) {
    nowMs = Math.max(nowMs, earliestMs);
    if (nowMs <= latestMs) continue;
    const what = value === null ? 'the deletion' : `version ${version} (${value})`;
    return `${what} cannot have begun before ${nowMs} ms, and was seen at ${latestMs} ms`;
  }
  return null;
}

/** A change in the feed, in the terms of operations; a delete has no value. */
export interface FeedEntry {
  readonly id: string;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly version: number;
  readonly value: string;
}

/**
 * Checks the feed of changes against the histories: each acknowledged write is there once, there are no other changes,
 * the versions of each payment ascend, and of two writes the one that ended before the other began comes first.
 *
 * @param histories - the operations of each payment
 * @param feed - all changes, in the order of the feed
 * @returns null if all of that is true, otherwise the violation
 */
export function findFeedViolation(
  histories: ReadonlyMap<string, readonly Operation[]>,
  feed: readonly FeedEntry[],
): string | null {
  const written = new Map<string, Operation[]>();
  for (const [id, history] of histories) {
    for (const operation of history) {
      const name = changeName(id, operation);
      if (name !== null) written.set(name, [...(written.get(name) ?? []), operation]);
    }
  }
  const states = new Map<string, FeedEntry>();
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const entry of feed) {
    const name = `${entry.kind} ${entry.id} ${entry.version} ${entry.kind === 'deleted' ? '' : entry.value}`;
    const operations = written.get(name);
    if (!operations) return `${name} is in the feed twice, or nobody wrote it`;
    written.delete(name);
    if (!comesAfter(entry, states.get(entry.id))) return `${name} does not follow the change before it`;
    states.set(entry.id, entry);
    // Of several with unknown outcomes any may have done it: the least restrictive one counts.
    const returnedMs = Math.max(...operations.map((operation) => operation.returnedMs));
    if (returnedMs < latestMs) return `${name} comes after a write that began when it had ended`;
    latestMs = Math.max(latestMs, Math.min(...operations.map(({ invokedMs }) => invokedMs)));
  }
  for (const [name, operations] of written) {
    if (operations.some(({ outcome }) => outcome === 'done')) return `${name} was acknowledged and is not in the feed`;
  }
  return null;
}

/** The change of a write that happened or may have happened. */
function changeName(id: string, operation: Operation): string | null {
  if (operation.kind === 'read' || (operation.outcome !== 'done' && operation.outcome !== 'unknown')) return null;
  if (operation.kind === 'create') return `created ${id} 0 ${operation.value}`;
  if (operation.kind === 'update') return `updated ${id} ${operation.version + 1} ${operation.value}`;
  return `deleted ${id} ${operation.version} `;
}

function comesAfter({ kind, version }: FeedEntry, before: FeedEntry | undefined): boolean {
  if (before === undefined) return kind === 'created' && version === 0;
  return before.kind !== 'deleted' && kind !== 'created' && version === before.version + (kind === 'updated' ? 1 : 0);
}
