import { setTimeout as delay } from 'node:timers/promises';
import { payments, resources } from '../../src/payments/resource.js';
import { openStore } from '../../src/store/open-store.js';
import { StoreError } from '../../src/store/types.js';
import { newCall } from '../repo/conformance/subject.js';
import { configFrom } from '../support/config.js';
import { CHANGES_PER_PAYMENT, isPlanned, type PlannedWrite, planned } from './feed-plan.js';

/*
 * A process with writers, which `feed.test.ts` forks and kills. It gets the remaining work, repeats each write that
 * failed or has an unknown outcome with its key, and reports each acknowledged one.
 */

/** The remaining plan: payments, and the number of their next change. */
export interface FeedWork {
  readonly flags: readonly string[];
  readonly left: readonly (readonly [payment: number, step: number])[];
}

/** Acknowledged writes since the last message: for each the payment, and whether it was a replay. */
export interface FeedProgress {
  readonly acknowledged: readonly (readonly [payment: number, isReplay: boolean])[];
  readonly error: string | null;
  /** Whether it has made writes without reporting them, as requested before it is killed. */
  readonly isReady?: boolean;
}

/** The number of payments that a process works on at the same time. */
const CONCURRENCY = 128;
/** After a failure: while the database is unreachable, all of them fail immediately. */
const PAUSE_MS = 50;
/** The number of unreported writes before it is killed. */
const UNTOLD = 20;

let acknowledged: (readonly [payment: number, isReplay: boolean])[] = [];
let isReporting = false;
let isMuted = false;

function report(payment: number, isReplay: boolean): void {
  acknowledged.push([payment, isReplay]);
  if (isMuted && acknowledged.length === UNTOLD) send({ acknowledged: [], error: null, isReady: true });
  if (isReporting) return;
  isReporting = true;
  setImmediate(() => {
    if (isMuted) return;
    isReporting = false;
    send({ acknowledged, error: null });
    acknowledged = [];
  });
}

function send(progress: FeedProgress, sent = (): void => {}): void {
  process.send?.(progress, undefined, undefined, sent);
}

/** Ends the connection after everything was sent: pending messages would be lost. */
function end(error: string | null): void {
  send({ acknowledged: isMuted ? [] : acknowledged, error }, () => process.disconnect());
  acknowledged = [];
}

process.on('message', (message: FeedWork | 'mute') => {
  if (message === 'mute') {
    isMuted = true;
    acknowledged = [];
    return;
  }
  run(message.flags, message.left).then(
    () => end(null),
    (error: unknown) => end(error instanceof Error ? `${error.stack}` : String(error)),
  );
});

async function run(flags: readonly string[], left: FeedWork['left']): Promise<void> {
  const store = await openStore(configFrom(flags), resources, {});
  const rows = store.resource(payments);
  const waiting = left[Symbol.iterator]();

  /** @returns whether it was a replay; null if the outcome is unknown, or it was certainly not executed */
  async function attempt(write: PlannedWrite): Promise<boolean | null> {
    const { kind, id, version, row, idempotency } = write;
    try {
      const result = await (kind === 'created'
        ? rows.create(row, newCall(5_000), idempotency)
        : kind === 'updated'
          ? rows.update({ ...row, version: version - 1 }, newCall(5_000), idempotency)
          : rows.delete(id, version, newCall(5_000), idempotency));
      if (result.outcome === kind) return false;
      if (result.outcome === 'replayed' && isPlanned(result.change, write)) return true;
      throw new Error(`${idempotency.key} was ${JSON.stringify(result)}`);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'broken') throw error;
      return null;
    }
  }

  /** Repeats a write until it is acknowledged. */
  async function perform(write: PlannedWrite): Promise<boolean> {
    for (;;) {
      const results = await Promise.all(write.isDoubled ? [attempt(write), attempt(write)] : [attempt(write)]);
      const known = results.filter((isReplay) => isReplay !== null);
      if (known.length === 2 && !known.includes(true)) throw new Error(`${write.idempotency.key} took effect twice`);
      if (known.length > 0) return known.every((isReplay) => isReplay);
      await delay(PAUSE_MS);
    }
  }

  async function work(): Promise<void> {
    for (const [payment, next] of { [Symbol.iterator]: () => waiting }) {
      for (let step = next; step < CHANGES_PER_PAYMENT; step += 1) {
        report(payment, await perform(planned(payment, step)));
      }
    }
  }

  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await store.close();
}
