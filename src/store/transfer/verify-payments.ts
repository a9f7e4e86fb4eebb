import { differences, type PaymentArchive } from '../archive.js';

export interface VerifyOptions {
  readonly from: PaymentArchive;
  readonly to: PaymentArchive;
  /** Told of each payment that is not the same in both, and what is different in `to`. */
  readonly onDifference: (id: string, what: string) => void;
  /** Told how many payments are compared. */
  readonly onProgress?: (payments: number) => void;
}

/** What a comparison found. */
export interface VerifySummary {
  /** Payments of `from`. */
  readonly compared: number;
  readonly different: number;
  /** Payments whose position is another number, though their order is the same: old cursors mean another place. */
  readonly renumbered: number;
}

/**
 * Compares two archives row by row: the same ids in the same order, the same versions and marks of deletion, and
 * attributes that are equal byte for byte.
 *
 * @param options - what to compare, and who is told
 * @throws what the archives throw
 */
export async function verifyPayments({ from, to, onDifference, onProgress }: VerifyOptions): Promise<VerifySummary> {
  let compared = 0;
  let different = 0;
  let renumbered = 0;
  let lastPosition = 0n;

  function note(id: string, what: string): void {
    different += 1;
    onDifference(id, what);
  }

  for await (const batch of from.readAll('0')) {
    const found = await to.find(batch.map(({ id }) => id));
    for (const payment of batch) {
      const other = found.get(payment.id);
      if (!other) {
        note(payment.id, 'missing');
        continue;
      }
      const faults = differences(payment, other);
      const position = BigInt(other.position);
      if (position <= lastPosition) faults.push('another place in the order');
      else lastPosition = position;
      if (faults.length > 0) note(payment.id, faults.join(', '));
      else if (other.position !== payment.position) renumbered += 1;
    }
    compared += batch.length;
    onProgress?.(compared);
  }
  if ((await to.count()) !== compared) {
    for await (const batch of to.readAll('0')) {
      const known = await from.find(batch.map(({ id }) => id));
      for (const { id } of batch) if (!known.has(id)) note(id, 'surplus');
    }
  }
  return { compared, different, renumbered };
}
