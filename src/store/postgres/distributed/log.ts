import { randomUUID } from 'node:crypto';
import { Batcher, type BatchItem } from '../../batch.js';
import { StoreError } from '../../types.js';
import { Failure } from '../connection/failure.js';
import type { QueryExecutor } from '../connection/query-executor.js';
import { joined, joinedColumns } from '../connection/statement.js';
import type { BegunText, DistributedStatements, LoggedWrite, ShardWrite } from './statements.js';

const BATCH_LIMIT = 128;
const QUEUE_LIMIT = 16_384;

interface Ending {
  readonly ticket: string;
  /** Null: nothing was written. */
  readonly logged: LoggedWrite | null;
}

/** A different request with the same key is in flight. */
const contested = () => new Failure('locked', '55P03', 'another request has this key');

/**
 * The first and the last step of writes to distributed rows, on the coordinator. A started write is always finished.
 */
export class DistributedLog {
  readonly #process = randomUUID();
  #tickets = 0;

  constructor(
    private readonly executor: QueryExecutor,
    private readonly statements: DistributedStatements,
    private readonly columns: readonly string[],
  ) {}

  /** @returns a ticket that is unique across processes */
  newTicket(): string {
    this.#tickets += 1;
    return `${this.#process} ${this.#tickets}`;
  }

  /**
   * Records on the coordinator that writes are about to be sent.
   *
   * @returns the state of each
   * @throws Failure if one of them must wait, or the coordinator cannot do it
   */
  async begin(writes: readonly ShardWrite[]): Promise<ReadonlyMap<ShardWrite, BegunText>> {
    const states = await Promise.allSettled(writes.map((write) => this.#begun.add(write)));
    const begun = new Map<ShardWrite, BegunText>();
    for (const [index, state] of states.entries()) {
      const write = writes[index];
      if (write && state.status === 'fulfilled' && (state.value.begun || state.value.known))
        begun.set(write, state.value);
    }
    if (begun.size === writes.length) return begun;
    this.release(writes);
    throw states.find((state) => state.status === 'rejected')?.reason ?? contested();
  }

  /** Gives writes their positions. Throws Failure. */
  async finish(writes: readonly LoggedWrite[]): Promise<void> {
    await Promise.all(writes.map((logged) => this.#finished.add({ ticket: logged.ticket, logged })));
  }

  /** Records that writes were not executed. Callers need not wait: if it fails, the sweep repeats it. */
  release(writes: readonly ShardWrite[]): void {
    for (const { ticket } of writes) void this.#finished.add({ ticket, logged: null }).catch(() => {});
  }

  /** Finishes the last write of each row that is not in the log. Throws Failure. */
  async heal(ids: readonly string[]): Promise<void> {
    const stored = await this.executor.read(this.statements.stored, () => [joined(ids)]);
    await this.finish(
      stored.map((row) => ({
        ticket: '',
        id: row.id,
        kind: row.deleted ? 'deleted' : row.version === '0' ? 'created' : 'updated',
        version: Number(row.version),
        values: this.columns.map((name) => String(row[name])),
        key: row.idempotency_key ?? '',
        fingerprint: row.fingerprint ?? '',
      })),
    );
  }

  readonly #begun = new Batcher<ShardWrite & BatchItem, BegunText>({
    inFlightLimit: 2,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    flush: async (items) => {
      const texts = joinedColumns(items.map(({ ticket, id, key, fingerprint }) => [ticket, id, key, fingerprint]));
      const begun = await this.executor.write(this.statements.begin, () => texts);
      const rows = new Map(begun.map((row) => [row.ticket, row]));
      return items.map(({ ticket }) => rows.get(ticket) ?? new StoreError('broken', 'a write was not begun'));
    },
  });

  readonly #finished = new Batcher<Ending & BatchItem, undefined>({
    inFlightLimit: 1,
    batchLimit: BATCH_LIMIT,
    queueLimit: QUEUE_LIMIT,
    flush: async (items) => {
      // The claim of a key is kept for a while, for requests that looked up the key just before it was recorded.
      const isKept = ({ logged }: Ending) => logged !== null && logged.key !== '';
      const values = this.statements.finishValues(
        items.flatMap(({ logged }) => (logged === null ? [] : [logged])),
        items.filter((item) => !isKept(item)).map(({ ticket }) => ticket),
        items.filter(isKept).map(({ ticket }) => ticket),
      );
      await this.executor.write(this.statements.finish, () => values);
      return items.map(() => undefined);
    },
  });
}
