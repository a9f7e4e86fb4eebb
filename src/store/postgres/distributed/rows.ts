import { Semaphore } from '../../../scheduling/semaphore.js';
import { type AnyResource, type Tables, tableOf } from '../../tables.js';
import { type ChangeKind, StoreError } from '../../types.js';
import { Failure } from '../connection/failure.js';
import type { QueryExecutor } from '../connection/query-executor.js';
import { joined } from '../connection/statement.js';
import { versionValue, type Write } from '../writes.js';
import { DistributedLog } from './log.js';
import { type DistributedTables, distributedTables, ShardMap, shardsOf } from './shards.js';
import {
  createDistributedStatements,
  type DistributedStatements,
  type PrepareShardStatement,
  type ShardRow,
  type ShardWrite,
} from './statements.js';

/** How often unfinished writes and moved shards are looked for. */
const SWEEP_INTERVAL_MS = 2_000;
/** How long a write waits while the limit of its node is reached. */
const NODE_WAIT_MS = 2_000;

/** query_canceled: the coordinator gave up, but the node may still execute the statement. */
const QUERY_CANCELED = '57014';

interface Adds<Item, Result> {
  add(item: Item): Promise<Result>;
}

/** The rows on the workers of a Citus cluster. Executes writes in the three steps of `statements.ts`, node by node. */
export class DistributedRows {
  readonly statements: DistributedStatements;
  readonly #log: DistributedLog;
  readonly #map = new ShardMap();
  readonly #nodes = new Map<string, Semaphore>();
  readonly #perNode: number;
  readonly #expiry: string;
  readonly #timer: NodeJS.Timeout;
  readonly #healing = new Set<string>();

  private constructor(
    private readonly executor: QueryExecutor,
    private readonly resource: AnyResource,
    private readonly tables: DistributedTables,
    hasTimelines: boolean,
  ) {
    const { poolSize, statementTimeoutMs } = executor.options;
    this.statements = createDistributedStatements({ ...resource, tables, hasTimelines });
    this.#log = new DistributedLog(executor, this.statements, resource.columns);
    // A hung node must leave connections for the others. Two of its share are for reads.
    this.#perNode = Math.max(1, Math.floor((poolSize - 1) / 2) - 2);
    // After this no statement can still be running.
    this.#expiry = `${4 * statementTimeoutMs + 60_000} ms`;
    this.#timer = setInterval(() => void this.#sweep().catch(() => {}), SWEEP_INTERVAL_MS).unref();
  }

  /** Reads the places of the shards, and finishes writes that other processes left unfinished. */
  static async open(
    executor: QueryExecutor,
    resource: AnyResource,
    tables: Tables,
    hasTimelines: boolean,
  ): Promise<DistributedRows> {
    const own = distributedTables(tableOf(tables, resource.name));
    const opened = new DistributedRows(executor, resource, own, hasTimelines);
    await opened.#updateMap().catch(() => {});
    void opened.#sweep().catch(() => {});
    return opened;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Batches calls separately for each node, so that a hung node does not delay calls to others. */
  perNode<Item, Result>(make: () => Adds<Item, Result>, idOf: (item: Item) => string): Adds<Item, Result> {
    const batchers = new Map<string, Adds<Item, Result>>();
    return {
      add: (item) => {
        const { node } = this.#map.find(idOf(item));
        const batcher = batchers.get(node) ?? make();
        batchers.set(node, batcher);
        return batcher.add(item);
      },
    };
  }

  /** Splits a batch by shard, and executes the parts concurrently. */
  perShard<Item extends { readonly id: string }, Result>(
    flush: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  ): (items: readonly Item[]) => Promise<readonly (Result | Error)[]> {
    return async (items) => {
      const results = new Map<Item, Result | Error>();
      await Promise.all(
        [...groupBy(items, ({ id }) => this.#map.find(id).shard).values()].map(async (own) => {
          for (const [place, result] of (await flush(own)).entries()) {
            const item = own[place];
            if (item !== undefined) results.set(item, result);
          }
        }),
      );
      return items.map((item) => results.get(item) ?? new StoreError('broken', 'a call was lost in its batch'));
    };
  }

  /**
   * Executes writes of one shard in three steps.
   *
   * @param taken - all in one shard
   * @param undone - called if they were certainly rolled back
   * @throws Failure
   */
  async write(kind: ChangeKind, taken: readonly Write[], undone: () => void): Promise<readonly ShardRow[]> {
    if (taken.length === 0) return [];
    const writes = taken.map(({ id, version, values, idempotency }) => ({
      ticket: this.#log.newTicket(),
      id,
      version: versionValue(version),
      values: values.map(String),
      key: idempotency?.key ?? '',
      fingerprint: idempotency?.fingerprint ?? '',
    }));
    const begun = await this.#log.begin(writes).catch((failure: unknown) => {
      undone();
      throw failure;
    });
    const sent = writes.filter((write) => begun.get(write)?.begun);
    if (sent.length === 0) return [];
    const logged = (write: ShardWrite) => begun.get(write)?.logged ?? '-1';
    const found = await this.#send(this.statements.shard[kind], sent, logged).catch((failure: unknown) => {
      if (failure instanceof Failure && (failure.isInDoubt || failure.reason === QUERY_CANCELED))
        throw inDoubt(failure);
      this.#log.release(sent);
      undone();
      throw failure;
    });
    const rows = new Map(found.map((row) => [row.id, row]));
    const written = sent.filter(({ id }) => rows.get(id)?.written);
    const rest = sent.filter((write) => !written.includes(write));
    this.#log.release(rest);
    const finished = written.map((write) => ({
      ...write,
      kind,
      version: kind === 'updated' ? write.version + 1 : write.version,
      values:
        kind === 'deleted' ? this.resource.columns.map((name) => String(rows.get(write.id)?.[name])) : write.values,
    }));
    await this.#log.finish(finished).catch((failure: unknown) => {
      throw inDoubt(failure);
    });
    // The write that conflicted with these may itself not be in the log.
    const suspects = rest.filter(({ id, version, key }) => {
      const row = rows.get(id);
      return key !== '' || (row !== undefined && !row.deleted && Number(row.version) === version);
    });
    if (suspects.length > 0) await this.#log.heal(suspects.map(({ id }) => id)).catch(() => {});
    return found;
  }

  async #send(prepare: PrepareShardStatement, sent: readonly ShardWrite[], logged: (write: ShardWrite) => string) {
    const { node } = this.#map.find(sent[0]?.id ?? '');
    const semaphore = this.#nodes.get(node) ?? new Semaphore(this.#perNode);
    this.#nodes.set(node, semaphore);
    if (!(await semaphore.acquire(NODE_WAIT_MS))) {
      throw new Failure('unreachable', 'node_busy', 'a node does not respond');
    }
    try {
      const { text, values } = prepare(sent, logged);
      return await this.executor.write(text, () => values);
    } finally {
      semaphore.release();
    }
  }

  /** Finishes writes that were begun a while ago, whose process or node died. */
  async #sweep(): Promise<void> {
    if (!this.executor.isAvailable) return;
    await this.#updateMap();
    const found = await this.executor.read(this.statements.unfinished);
    const nodes = groupBy(found, ({ id }) => this.#map.find(id).node);
    await Promise.all([
      this.#expire([]),
      ...[...nodes].map(async ([node, unfinished]) => {
        if (this.#healing.has(node)) return;
        this.#healing.add(node);
        await this.#log.heal(unfinished.map(({ id }) => id)).finally(() => this.#healing.delete(node));
        await this.#expire(unfinished.map(({ ticket }) => ticket));
      }),
    ]);
  }

  async #expire(tickets: readonly string[]): Promise<void> {
    await this.executor.read(this.statements.expire, () => [joined(tickets), this.#expiry]);
  }

  async #updateMap(): Promise<void> {
    this.#map.update(await this.executor.read(shardsOf(this.tables.rows)));
  }
}

/** The row may have been written, but is not in the log yet. */
function inDoubt(failure: unknown): Failure {
  if (!(failure instanceof Failure)) return new Failure('node', 'not_logged', failure);
  return failure.isInDoubt ? failure : new Failure('node', failure.reason, failure.cause);
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
