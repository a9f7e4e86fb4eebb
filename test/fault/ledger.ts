import { expect } from 'chai';
import { type Client, type PaymentData, type Reply, untilAvailable } from '../history/client.js';
import type { FeedChange } from '../history/feed.js';

/** A client's knowledge of a payment: its certain state, and the possible state after a write without a response. */
interface Entry {
  certain: State;
  possible: State | null;
  /** The write with an unknown outcome. */
  pending: Write | null;
}

/** `version amount`, or that there is none. */
type State = 'none' | 'deleted' | `${number} ${string}`;

/** A write in flight, with its own key. */
export interface Write {
  readonly id: string;
  readonly after: State;
  readonly key: string;
  /** Sends it, for the first time or again. */
  send(client: Client): Promise<Reply>;
}

/** The number of acknowledged writes that are repeated after each crash. */
const REPEATED = 40;

function isReplay({ headers }: Reply): boolean {
  return headers['idempotent-replayed'] === 'true';
}

/**
 * What clients know of their payments. Each payment has one writer, so it has at most two possible states: that of the
 * last acknowledged write, and that of the write after it without a response.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** All acknowledged writes, with their first responses. */
  readonly #done: { readonly write: Write; readonly reply: Reply }[] = [];
  #keys = 0;
  unknown = 0;

  get acknowledged(): number {
    return this.#done.length;
  }

  /** The payment's version; null if it is not certain to exist. */
  versionOf(id: string): number | null {
    const { certain = 'none', possible = null } = this.#entries.get(id) ?? {};
    return possible !== null || certain === 'none' || certain === 'deleted' ? null : Number.parseInt(certain, 10);
  }

  created(id: string, amount: string): Write {
    const key = this.#newKey();
    return { id, key, after: `0 ${amount}`, send: (client) => client.create(id, amount, key) };
  }

  updated(id: string, version: number, amount: string): Write {
    const key = this.#newKey();
    return { id, key, after: `${version + 1} ${amount}`, send: (client) => client.update(id, version, amount, key) };
  }

  deleted(id: string, version: number): Write {
    const key = this.#newKey();
    return { id, key, after: 'deleted', send: (client) => client.delete(id, version, key) };
  }

  #newKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  /**
   * Records the result of a write.
   *
   * @param write - as sent
   * @param reply - null without a response
   * @throws AssertionError for a response that a single writer cannot get
   */
  note(write: Write, reply: Reply | null): void {
    const { id, after } = write;
    const entry = this.#entries.get(id) ?? { certain: 'none', possible: null, pending: null };
    this.#entries.set(id, entry);
    if (reply === null || reply.body?.code === 'outcome_unknown') {
      this.unknown += 1;
      entry.possible = after;
      entry.pending = write;
    } else if (reply.status < 300) {
      this.#done.push({ write, reply });
      entry.certain = after;
    } else {
      expect(reply.status, `${id} to ${after}: ${JSON.stringify(reply.body)}`).to.equal(503);
      expect(reply.body?.code).to.be.oneOf(['repository_unavailable', 'overloaded', 'deadline_exceeded']);
    }
  }

  /**
   * Compares the stored payments with the responses; from then on they are certain.
   *
   * @param stored - all payments
   * @throws AssertionError if an acknowledged write is lost, a write is partial, or a rejected one was executed
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
      // It is repeated with its key later, and must take effect only once.
      entry.possible = entry.pending === null ? null : entry.pending.after;
    }
    expect([...states.keys()], 'payments that nobody created').to.deep.equal([]);
  }

  /**
   * Repeats all writes without a response: with their keys they take effect once. Some acknowledged ones are repeated
   * too, and get their first response.
   *
   * @param client - of the running service
   */
  async repeat(client: Client): Promise<void> {
    for (const entry of this.#entries.values()) {
      const { pending } = entry;
      if (pending === null) continue;
      const reply = await untilAvailable(() => pending.send(client));
      expect(reply.status, `${pending.id} to ${pending.after}: ${JSON.stringify(reply.body)}`).to.be.below(300);
      Object.assign(entry, { certain: pending.after, possible: null, pending: null });
      this.#done.push({ write: pending, reply });
    }
    for (const { write, reply } of this.#done.slice(-REPEATED)) {
      const again = await untilAvailable(() => write.send(client));
      expect(isReplay(again), write.key).to.equal(true);
      expect([again.status, again.body, again.headers.etag]).to.deep.equal([
        reply.status,
        reply.body,
        reply.headers.etag,
      ]);
    }
  }

  /**
   * Compares a feed with the acknowledged writes: each is there once, and nothing else is.
   *
   * @param feed - all changes, in order; every write must have a response
   */
  expectFeed(feed: readonly FeedChange[]): void {
    const wanted = this.#done.map(({ write: { id, after } }) => `${id} ${after}`);
    const found = feed.map(({ kind, payment: { id, version, attributes } }) =>
      kind === 'deleted' ? `${id} deleted` : `${id} ${version} ${attributes.amount}`,
    );
    expect(found.toSorted()).to.deep.equal(wanted.toSorted());
    const versions = new Map<string, number>();
    for (const [index, { kind, at, payment }] of feed.entries()) {
      expect(payment.version).to.equal((versions.get(payment.id) ?? -1) + (kind === 'deleted' ? 0 : 1));
      versions.set(payment.id, payment.version);
      expect(at >= (feed[index - 1]?.at ?? '')).to.equal(true);
    }
  }

  /** Ids of payments that were certainly deleted. */
  get deletedIds(): string[] {
    return [...this.#entries].filter(([, { certain }]) => certain === 'deleted').map(([id]) => id);
  }
}
