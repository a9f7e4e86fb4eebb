import { type Archive, changeDifferences, changeIdentity, rowDifferences } from '../archive.js';

interface VerifyOptions {
  readonly from: Archive;
  readonly to: Archive;
  /** Told of each row or change that is not the same in both, and what is different in `to`. */
  readonly onDifference: (id: string, what: string) => void;
  /** Told how many rows and changes are compared. */
  readonly onProgress?: (compared: number) => void;
}

/**
 * Compares a resource in two databases: the same rows in the same order, with the same versions and marks of deletion and with
 * columns that are equal byte for byte; and the same changes in the same order, with the same times and keys.
 *
 * @throws what the archives throw
 */
export async function verifyResource(options: VerifyOptions) {
  const { from, to, onDifference, onProgress } = options;
  const { columns } = from.resource;
  const summary = {
    /** Of `from`; likewise changes. */
    rows: 0,
    changes: 0,
    different: 0,
    /** Rows whose position is another number, though their order is the same: cursors that clients kept lead elsewhere. */
    renumbered: 0,
  };
  /** How many were found in `to`. What it has beyond them is surplus. */
  const known = { rows: 0, changes: 0 };

  function note(id: string, differences: readonly string[]): void {
    summary.different += 1;
    onDifference(id, differences.join(', '));
  }

  let lastPosition = 0n;
  /** Adds to the differences of two that correspond whether their order differs. */
  function withOrder(other: { readonly position: string } | undefined, differences: readonly string[]) {
    if (!other) return ['missing'];
    const position = BigInt(other.position);
    if (position <= lastPosition) return [...differences, 'another place in the order'];
    lastPosition = position;
    return differences;
  }

  for await (const batch of from.rows('0')) {
    const found = await to.find(batch.map(({ row }) => row.id));
    known.rows += found.size;
    for (const one of batch) {
      const other = found.get(one.row.id);
      const differences = withOrder(other, other ? rowDifferences(columns, one, other) : []);
      if (differences.length > 0) note(one.row.id, differences);
      else if (other?.position !== one.position) summary.renumbered += 1;
    }
    summary.rows += batch.length;
    onProgress?.(summary.rows);
  }

  lastPosition = 0n;
  for await (const batch of from.changes('0')) {
    const found = await to.findChanges(batch);
    known.changes += found.size;
    for (const one of batch) {
      const other = found.get(changeIdentity(one));
      const differences = withOrder(other, other ? changeDifferences(columns, one, other) : []);
      const where = `the change to version ${one.row.version}: `;
      if (differences.length > 0)
        note(
          one.row.id,
          differences.map((what) => where + what),
        );
    }
    summary.changes += batch.length;
    onProgress?.(summary.rows + summary.changes);
  }

  const counts = await to.counts();
  if (counts.rows !== known.rows) {
    for await (const batch of to.rows('0')) {
      const others = await from.find(batch.map(({ row }) => row.id));
      for (const { row } of batch) if (!others.has(row.id)) note(row.id, ['surplus']);
    }
  }
  if (counts.changes !== known.changes) {
    for await (const batch of to.changes('0')) {
      const [rows, others] = [await from.find(batch.map(({ row }) => row.id)), await from.findChanges(batch)];
      // The changes of a surplus row are no further differences.
      for (const change of batch) {
        if (rows.has(change.row.id) && !others.has(changeIdentity(change))) note(change.row.id, ['a surplus change']);
      }
    }
  }
  return summary;
}
