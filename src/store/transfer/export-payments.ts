import type { PaymentArchive } from '../archive.js';
import type { Position } from '../repo.js';
import { printPaymentLine } from './payment-line.js';

export interface ExportOptions {
  readonly archive: PaymentArchive;
  /** Only the payments behind this place in the order. */
  readonly after: Position;
  /** Takes some whole lines; its promise holds the export back until there is room for more. */
  readonly write: (lines: string) => Promise<void>;
  /** Told how many payments are out. */
  readonly onProgress?: (payments: number) => void;
}

/**
 * Prints every payment of an archive as lines of JSON, in order of creation.
 *
 * @param options - where from, and where to
 * @returns how many there were
 * @throws what the archive and `write` throw
 */
export async function exportPayments({ archive, after, write, onProgress }: ExportOptions): Promise<number> {
  let payments = 0;
  for await (const batch of archive.readAll(after)) {
    await write(batch.map((payment) => `${printPaymentLine(payment)}\n`).join(''));
    payments += batch.length;
    onProgress?.(payments);
  }
  return payments;
}
