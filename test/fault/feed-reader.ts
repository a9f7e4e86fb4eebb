import { createHash, type Hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type PaymentColumn, payments, resources } from '../../src/payments/resource.js';
import { openStore } from '../../src/store/open-store.js';
import { LargeRow, type PageChange, type StoreErrorCode } from '../../src/store/types.js';
import { newCall } from '../repo/conformance/subject.js';
import { configFrom } from '../support/config.js';
import { isPlanned, organisationOf, planned, WRITERS } from './feed-plan.js';

/** The result of a reader. */
export interface Seen {
  readonly changes: number;
  /** Of all positions and changes, in order. */
  readonly digest: string;
  /** The same for the changes of each organisation. */
  readonly digestOf: ReadonlyMap<string, string>;
  readonly failures: number;
}

/** Follows a feed through all failures, and compares each change with the plan. */
export interface FeedReader {
  readonly changes: number;
  /** Resolves when it has read everything up to the end. */
  finish(): Promise<Seen>;
}

/** At the end: without it, most of the work would be pages of one or two changes. */
const PAUSE_MS = 50;

/**
 * @param options - `size`: of its pages; `filter`: an organisation; `acknowledged`: the number of acknowledged writes
 */
export function startReader(
  flags: readonly string[],
  options: { readonly size: number; readonly filter?: string; readonly acknowledged: () => number },
): FeedReader {
  const { size, filter, acknowledged } = options;
  const all = createHash('sha256');
  const own = new Map<string, Hash>(
    Array.from({ length: WRITERS }, (_, n) => [organisationOf(n), createHash('sha256')]),
  );
  /** The number of changes seen, by payment. */
  const steps = new Map<number, number>();
  const last = { position: 0n, at: '' };
  const state = { changes: 0, failures: 0, isLast: false };

  function take({ position, at, kind, row, isBaseline }: PageChange<PaymentColumn>): void {
    const payment = Number(row.id.slice('payment '.length));
    const step = steps.get(payment) ?? 0;
    if (row instanceof LargeRow || !isPlanned({ position, at, kind, row, isBaseline }, planned(payment, step))) {
      throw new Error(`change ${step} of ${row.id} is ${kind} ${row.version} at ${position}`);
    }
    if (BigInt(position) <= last.position) throw new Error(`${position} comes after ${last.position}`);
    if (at < last.at) throw new Error(`${at} comes after ${last.at}`);
    Object.assign(last, { position: BigInt(position), at });
    steps.set(payment, step + 1);
    state.changes += 1;
    const text = `${position} ${at} ${kind} ${row.id} ${row.version}\n`;
    all.update(text);
    own.get(row.organisation_id)?.update(text);
  }

  async function follow(): Promise<void> {
    const store = await openStore(configFrom(flags), resources, {});
    const rows = store.resource(payments);
    for (;;) {
      const certain = acknowledged();
      const { isLast } = state;
      let page: readonly PageChange<PaymentColumn>[];
      try {
        page = await rows.changes({ after: String(last.position), size, filter }, newCall(5_000));
      } catch (error) {
        if (!isPassing(error)) throw error;
        state.failures += 1;
        await delay(PAUSE_MS);
        continue;
      }
      for (const change of page) take(change);
      if (page.length === size) continue;
      if (filter === undefined && state.changes < certain) {
        throw new Error(
          `at the end there are ${state.changes} changes, and ${certain} writes were acknowledged before`,
        );
      }
      if (isLast && page.length === 0) break;
      await delay(PAUSE_MS);
    }
    await store.close();
  }

  const followed = follow();
  followed.catch(() => {});
  return {
    get changes() {
      return state.changes;
    },
    async finish() {
      state.isLast = true;
      await followed;
      const digestOf = new Map([...own].map(([organisation, hash]) => [organisation, hash.digest('hex')]));
      return { ...state, digest: all.digest('hex'), digestOf };
    },
  };
}

/**
 * Reads the list of payments repeatedly from its last position, like a client that looks for new ones.
 *
 * @param size - of its pages
 */
export function startWalker(flags: readonly string[], size: number) {
  const seen = new Set<string>();
  let isLast = false;

  async function walk(): Promise<void> {
    const store = await openStore(configFrom(flags), resources, {});
    const rows = store.resource(payments);
    for (let position = '0'; ; ) {
      const wasLast = isLast;
      const page = await rows.list({ kind: 'after', position, size }, newCall(5_000)).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        return null;
      });
      for (const { id } of page?.rows ?? []) {
        if (seen.has(id)) throw new Error(`${id} was listed twice`);
        seen.add(id);
      }
      position = page?.last ?? position;
      if (page?.rows.length === 0 && wasLast) break;
      if (page?.rows.length !== size) await delay(PAUSE_MS);
    }
    await store.close();
  }

  const walked = walk();
  walked.catch(() => {});
  return {
    /** Resolves with the ids of all payments seen, at the end. */
    async finish(): Promise<ReadonlySet<string>> {
      isLast = true;
      await walked;
      return seen;
    },
  };
}

/** Whether a retry may help. By name, because the store is loaded as another module than this one. */
function isPassing(error: unknown): boolean {
  const codes: readonly StoreErrorCode[] = ['unavailable', 'overloaded', 'deadline_exceeded'];
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
