import { randomUUID } from 'node:crypto';
import { Batcher, type BatchItem } from '../../batching/batch.js';
import { StoreError } from '../../types.js';
import type { Attempt } from '../connection/breaker.js';
import type { Failure } from '../connection/failure.js';
import type { QueryExecutor } from '../connection/query-executor.js';
import { joined } from '../connection/statement.js';
import type { BegunText, DistributedStatements, LoggedWrite, ShardWrite } from './statements.js';

const BATCH_LIMIT = 128;
const QUEUE_LIMIT = 16_384;

interface Ending {
  readonly ticket: string;
  /** Null: nothing happened. */
  readonly logged: LoggedWrite | null;
}

/** A different request with the same key is in flight. */
const CONTESTED: Failure = { kind: 'locked', reason: '55P03', cause: new Error('another request has this key') };

/**
 * The first and the last step of the writes to distributed rows, both on the coordinator: what arrives together shares a statement.
 * What was begun is ended, whoever still waits for it.
 */
export class DistributedLog {
  readonly #process = randomUUID();
  #tickets = 0;

  constructor(
    private readonly executor: QueryExecutor,
    private readonly statements: DistributedStatements,
    private readonly columns: readonly string[],
  ) {}

  /** @returns a ticket that nobody else has, in this process or another */
  newTicket(): string {
    this.#tickets += 1;
    return `${this.#process} ${this.#tickets}`;
  }

  /**
   * Notes that writes are about to be sent.
   *
   * @returns what is known of each; where one of them must wait, or the coordinator cannot do it, that for all
   */
  async begin(writes: readonly ShardWrite[]): Promise<Attempt<ReadonlyMap<ShardWrite, BegunText>>> {
    const states = new Map<ShardWrite, BegunText>();
    const failures = await Promise.all(
      writes.map(async (write) => {
        const state = await this.#begun.add(write);
        if ('failure' in state) return state.failure;
        states.set(write, state.value);
        return state.value.begun || state.value.known ? null : CONTESTED;
      }),
    );
    const failure = failures.find((each) => each !== null);
    if (failure == null) return { value: states };
    this.release(writes);
    return { failure };
  }

  /** Gives writes their positions. @returns why that failed, or null */
  async finish(writes: readonly LoggedWrite[]): Promise<Failure | null> {
    const ends = await Promise.all(writes.map((logged) => this.#finished.add({ ticket: logged.ticket, logged })));
    return ends.find((end) => end !== null) ?? null;
  }

  /** Notes that nothing came of writes. Nobody needs to wait for it: if it fails, they are looked at again. */
  release(writes: readonly ShardWrite[]): void {
    for (const { ticket } of writes) void this.#finished.add({ ticket, logged: null }).catch(() => {});
  }

  /** Finishes the last write of each of some rows, unless it is in the log. @returns whether that was possible */
  async heal(ids: readonly string[]): Promise<boolean> {
    const stored = await this.executor.run(this.statements.stored, { write: false, values: () => [joined(ids)] });
    if ('failure' in stored) return false;
    const failure = await this.finish(
      (stored.value ?? []).map((row) => ({
        ticket: '',
        id: row.id,
        kind: row.deleted ? 'deleted' : row.version === '0' ? 'created' : 'updated',
        version: Number(row.version),
        values: this.columns.map((name) => String(row[name])),
        key: row.idempotency_key ?? '',
        fingerprint: row.fingerprint ?? '',
      })),
    );
    return failure === null;
  }

  readonly #begun = new Batcher<ShardWrite & BatchItem, Attempt<BegunText>>({
    inFlightLimit: 2,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    flush: async (items) => {
      const names = ['ticket', 'id', 'key', 'fingerprint'] as const;
      const texts = names.map((name) => joined(items.map((item) => item[name])));
      const result = await this.executor.run(this.statements.begin, { write: true, values: () => texts });
      if ('failure' in result) return items.map(() => result);
      const rows = new Map(result.value?.map((row) => [row.ticket, row]));
      return items.map(({ ticket }) => {
        const value = rows.get(ticket);
        return value === undefined ? new StoreError('broken', 'a write was not begun') : { value };
      });
    },
  });

  readonly #finished = new Batcher<Ending & BatchItem, Failure | null>({
    inFlightLimit: 1,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    flush: async (items) => {
      // The claim of a key stays a while, for those who looked for the key just before it was recorded.
      const isKept = ({ logged }: Ending) => logged !== null && logged.key !== '';
      const values = this.statements.finishValues(
        items.flatMap(({ logged }) => (logged === null ? [] : [logged])),
        items.filter((item) => !isKept(item)).map(({ ticket }) => ticket),
        items.filter(isKept).map(({ ticket }) => ticket),
      );
      const result = await this.executor.run(this.statements.finish, { write: true, values: () => values });
      return items.map(() => ('failure' in result ? result.failure : null));
    },
  });
}
