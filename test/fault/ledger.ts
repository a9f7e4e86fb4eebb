import { expect } from 'chai';
import type { Client, PaymentData, Reply } from '../history/client.js';
import type { FeedChange } from '../history/feed.js';

/** What a client knows of a payment: where it certainly is, and where an unanswered write may have brought it. */
interface Entry {
  certain: State;
  possible: State | null;
  /** The write whose outcome is not known. */
  unanswered: Write | null;
}

/** `version amount`, or that there is none. */
type State = 'none' | 'deleted' | `${number} ${string}`;

/** A write on its way, under a key of its own. */
export interface Write {
  readonly id: string;
  readonly after: State;
  readonly key: string;
  /** Sends it, for the first time or once more. */
  send(client: Client): Promise<Reply>;
}

/** Acknowledged writes that are sent again after each crash. */
const REPEATED = 40;

function isReplay({ headers }: Reply): boolean {
  return headers['idempotent-replayed'] === 'true';
}

/**
 * What clients were told of their payments. Each payment has one writer, so that there are never more than two states
 * it may be in: that of the last acknowledged write, and that of the one write behind it that was not answered.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** Every write that was acknowledged, and the first response to it. */
  readonly #done: { readonly write: Write; readonly reply: Reply }[] = [];
  #keys = 0;
  unknown = 0;

  get acknowledged(): number {
    return this.#done.length;
  }

  /** The payment's version; null where it is not certainly there. */
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
   * Notes what became of a write.
   *
   * @param write - as it was sent
   * @param reply - what was answered; null where nothing was
   * @throws AssertionError where the answer is none that a lonely writer may get
   */
  note(write: Write, reply: Reply | null): void {
    const { id, after } = write;
    const entry = this.#entries.get(id) ?? { certain: 'none', possible: null, unanswered: null };
    this.#entries.set(id, entry);
    if (reply === null || reply.body?.code === 'outcome_unknown') {
      this.unknown += 1;
      entry.possible = after;
      entry.unanswered = write;
    } else if (reply.status < 300) {
      this.#done.push({ write, reply });
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
      // Under its key it is sent again later, and must be as if this was the only time.
      entry.possible = entry.unanswered === null ? null : entry.unanswered.after;
    }
    expect([...states.keys()], 'payments that nobody created').to.deep.equal([]);
  }

  /**
   * Sends every write again that nobody answered: with its key it takes effect now, or it did before. Some that were acknowledged
   * are sent again as well; they get their first response.
   *
   * @param client - of the service, which works again
   */
  async repeat(client: Client): Promise<void> {
    for (const entry of this.#entries.values()) {
      const { unanswered } = entry;
      if (unanswered === null) continue;
      const reply = await unanswered.send(client);
      expect(reply.status, `${unanswered.id} to ${unanswered.after}: ${JSON.stringify(reply.body)}`).to.be.below(300);
      Object.assign(entry, { certain: unanswered.after, possible: null, unanswered: null });
      this.#done.push({ write: unanswered, reply });
    }
    for (const { write, reply } of this.#done.slice(-REPEATED)) {
      const again = await write.send(client);
      expect(isReplay(again), write.key).to.equal(true);
      expect([again.status, again.body, again.headers.etag]).to.deep.equal([
        reply.status,
        reply.body,
        reply.headers.etag,
      ]);
    }
  }

  /**
   * Holds a feed against what was acknowledged: each write is there once, and nothing else is.
   *
   * @param feed - every change there is, in order; no write may be unanswered
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

  /** Ids whose payments were certainly deleted. */
  get deletedIds(): string[] {
    return [...this.#entries].filter(([, { certain }]) => certain === 'deleted').map(([id]) => id);
  }
}
