import { expect } from 'chai';
import type { PaymentData, Reply } from '../history/client.js';

/** What a client knows of a payment: where it certainly is, and where an unanswered write may have brought it. */
interface Entry {
  certain: State;
  possible: State | null;
}

/** `version amount`, or that there is none. */
type State = 'none' | 'deleted' | `${number} ${string}`;

/** A write on its way. */
export interface Write {
  readonly id: string;
  readonly after: State;
}

/**
 * What clients were told of their payments. Each payment has one writer, so that there are never more than two states
 * it may be in: that of the last acknowledged write, and that of the one write behind it that was not answered.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  acknowledged = 0;
  unknown = 0;

  /** The payment's version; null where it is not certainly there. */
  versionOf(id: string): number | null {
    const { certain = 'none', possible = null } = this.#entries.get(id) ?? {};
    return possible !== null || certain === 'none' || certain === 'deleted' ? null : Number.parseInt(certain, 10);
  }

  static created(id: string, amount: string): Write {
    return { id, after: `0 ${amount}` };
  }

  static updated(id: string, version: number, amount: string): Write {
    return { id, after: `${version + 1} ${amount}` };
  }

  static deleted(id: string): Write {
    return { id, after: 'deleted' };
  }

  /**
   * Notes what became of a write.
   *
   * @param write - as it was sent
   * @param reply - what was answered; null where nothing was
   * @throws AssertionError where the answer is none that a lonely writer may get
   */
  note({ id, after }: Write, reply: Reply | null): void {
    const entry = this.#entries.get(id) ?? { certain: 'none', possible: null };
    this.#entries.set(id, entry);
    if (reply === null || reply.body?.code === 'outcome_unknown') {
      this.unknown += 1;
      entry.possible = after;
    } else if (reply.status < 300) {
      this.acknowledged += 1;
      entry.certain = after;
    } else {
      expect(reply.status, `${id} to ${after}: ${JSON.stringify(reply.body)}`).to.equal(503);
      expect(reply.body?.code).to.be.oneOf(['repository_unavailable', 'overloaded', 'deadline_exceeded']);
    }
  }

  /**
   * Holds what is stored against what was answered, and takes it for certain from here on.
   *
   * @param stored - all payments that are there
   * @throws AssertionError where an acknowledged write is lost, half of a write is there, or a refused one happened
   */
  expectKept(stored: readonly PaymentData[]): void {
    const states = new Map<string, State>(stored.map((data) => [data.id, `${data.version} ${data.attributes.amount}`]));
    expect(states.size, 'payments listed twice').to.equal(stored.length);
    for (const [id, entry] of this.#entries) {
      const allowed = entry.possible === null ? [entry.certain] : [entry.certain, entry.possible];
      const found = states.get(id);
      states.delete(id);
      if (found === undefined) {
        const isGone = allowed.includes('none') || allowed.includes('deleted');
        expect(isGone, `${id} is not there and must be one of ${allowed.join(', ')}`).to.equal(true);
        entry.certain = allowed.includes('deleted') ? 'deleted' : 'none';
      } else {
        expect(found, id).to.be.oneOf(allowed);
        entry.certain = found;
      }
      entry.possible = null;
    }
    expect([...states.keys()], 'payments that nobody created').to.deep.equal([]);
  }

  /** Ids whose payments were certainly deleted. */
  get deletedIds(): string[] {
    return [...this.#entries].filter(([, { certain }]) => certain === 'deleted').map(([id]) => id);
  }
}
