import { Batcher, type BatcherOptions, deadlineExceeded, isExpired, oneAtATime } from '../batch.js';
import { renderSql } from '../migrations/files.js';
import { type ResourceTables, type Tables, tableOf, textRow } from '../tables.js';
import {
  type Call,
  type ColumnValue,
  type CreateOutcome,
  type GuardRow,
  type NewRow,
  type PageRequest,
  type ResourceDescription,
  type ResourceStore,
  StoreError,
  type StoreEvents,
} from '../types.js';
import { Failure } from './connection/failure.js';
import type { PendingCall } from './connection/pending-calls.js';
import type { QueryExecutor } from './connection/query-executor.js';
import { isJoinable, type Statement, statement } from './connection/statement.js';
import type { DistributedRows } from './distributed/rows.js';
import { LockedRows } from './locked-rows.js';
import { createReads, executeReads, type Read, type ReadItem, readRowsAt } from './reads.js';
import { createStatements } from './statements.js';
import { CREATES, DELETES, executeGuardedCreate, UPDATES } from './write-kinds.js';
import { type ExecuteStatement, executeWrites, LOCKED, values, type Write, type WriteKind } from './writes.js';

interface PostgresParts {
  readonly executor: QueryExecutor;
  readonly tables: Tables;
  readonly events: StoreEvents;
  /** By resource. */
  readonly distributed: ReadonlyMap<string, DistributedRows>;
  /** The server's role if standbys serve reads: calls then have tokens. */
  readonly role?: 'primary' | 'standby';
  readonly hasTimelines: boolean;
}

/** Larger batches save nothing more, and a failing one must be halved more often. */
const BATCH_LIMIT = 128;
const PAGES_BATCH_LIMIT = 16;
const QUEUE_LIMIT = 4_096;
/** A full batch of writes. With one more batch in flight, no write of 256 clients is rejected. */
const MIN_QUEUE_LENGTH = BATCH_LIMIT;

/** Larger offsets skip many rows, and are queued separately. */
const DEEP_OFFSET = 1_000;

/**
 * feature_not_supported: a foreign key refers to the table; insufficient_privilege; lock_not_available: a transaction reads
 * the table, for example pg_dump, and a TRUNCATE that waits would block others.
 */
const CANNOT_TRUNCATE = new Set(['0A000', '42501', '55P03']);

/**
 * The rows of a resource in Postgres. Concurrent calls share a statement. Each kind of write has one statement in
 * flight, so that the next one collects calls meanwhile; reads, which never wait for locks, have two; deep offsets have
 * one.
 *
 * @param parts - of an open, migrated database
 */
export function createResourceStore(parts: PostgresParts, description: ResourceDescription): ResourceStore {
  const { executor, events, role, hasTimelines } = parts;
  const { name, columns, guard } = description;
  const tables: ResourceTables = tableOf(parts.tables, name);
  const distributed = parts.distributed.get(name);
  const statements =
    distributed?.statements.store ??
    createStatements({ ...description, tables, hasTokens: role !== undefined, hasTimelines });
  const reads = createReads(statements, columns, role && tables);
  const writeParts = { executor, execute, statements, keys: reads.keys };
  const locked = new LockedRows();
  const inTurn = oneAtATime();

  async function execute(...[kind, isKeyed, take, undone]: Parameters<ExecuteStatement>) {
    if (distributed) return await distributed.write(kind, take(), undone);
    const valuesTaken = () => {
      const writes = take();
      return writes.length === 0 ? null : values(kind, writes, isKeyed);
    };
    return await executor.write(statements.write[kind][isKeyed ? 'keyed' : 'plain'], valuesTaken, undone);
  }

  function batcher<Item extends { readonly call: PendingCall }, Result>(
    operation: string,
    flush: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
    limits: Pick<BatcherOptions<Item, Result>, 'inFlightLimit' | 'batchLimit' | 'sendsNextFirst'>,
  ): Batcher<Item, Result> {
    return new Batcher<Item, Result>({
      flush,
      ...limits,
      queueLimit: QUEUE_LIMIT,
      minQueueLength: MIN_QUEUE_LENGTH,
      onBatch: (size, seconds) => events.batch?.(`${name}.${operation}`, size, seconds),
    });
  }

  function writer<Outcome>(operation: string, kind: WriteKind<Outcome>) {
    const flush = (items: readonly Write[]) => executeWrites(writeParts, kind, items);
    const limits = { inFlightLimit: 1, batchLimit: BATCH_LIMIT, sendsNextFirst: true };
    const make = () => batcher(operation, distributed?.perShard(flush) ?? flush, limits);
    const batches = distributed?.perNode(make, ({ id }: Write) => id) ?? make();
    return (item: Write) => batches.add(item);
  }

  /** Makes a write, through `LockedRows` if its row is locked. */
  async function write<Outcome>(
    item: Omit<Write, 'call'>,
    call: Call,
    attempt: (write: Write) => Promise<Outcome | typeof LOCKED>,
  ): Promise<Outcome> {
    const { id, idempotency } = item;
    if (id === '' || ![id, ...item.values, idempotency?.key ?? '', idempotency?.fingerprint ?? ''].every(isJoinable)) {
      throw new StoreError('broken', 'the id is empty, or a text of the row contains a control character');
    }
    return await executor.track(call, true, (own) => locked.run(id, own, () => attempt({ ...item, call: own })));
  }

  function reader<Request, RowOf, Result>(
    operation: string,
    read: Read<Request, RowOf, Result>,
    limits: { readonly inFlightLimit: number; readonly batchLimit: number },
    idOf?: (request: Request) => string,
  ): (request: Request, call: Call) => Promise<Result> {
    const make = () =>
      batcher<ReadItem<Request>, Result>(
        operation,
        (items) => executeReads(executor, read, items, role === 'standby'),
        limits,
      );
    const batches = (idOf && distributed?.perNode(make, ({ request }) => idOf(request))) ?? make();
    return (request, call) => executor.track(call, false, (own) => batches.add({ request, call: own }));
  }

  const create = writer('create', CREATES);
  const update = writer('update', UPDATES);
  const remove = writer('delete', DELETES);

  // An id that an open transaction has inserted is probed separately, on at most one connection.
  const probes = batcher<Write, boolean>(
    'probe',
    async (items) => {
      const isLocked = (error: unknown) => error instanceof Failure && error.kind === 'locked';
      const probed = items.map(({ id }) => executor.read(statements.probe, () => [id]).then(() => false, isLocked));
      return await Promise.all(probed);
    },
    { inFlightLimit: 1, batchLimit: 1 },
  );

  function unlessTaken<Outcome>(attempt: (item: Write) => Promise<Outcome | typeof LOCKED>) {
    let isSuspect = false;
    return async (item: Write): Promise<Outcome | typeof LOCKED> => {
      if (isSuspect && (await probes.add(item))) return LOCKED;
      const outcome = await attempt(item);
      isSuspect = outcome === LOCKED;
      return outcome;
    };
  }

  const guardSql = guard && statement<GuardRow>(renderSql(guard.sql.postgres, parts.tables));
  const guardedCreates =
    guardSql &&
    batcher<Write & { readonly row: NewRow }, CreateOutcome | typeof LOCKED>(
      'create',
      async ([item]) => (item ? [await executeGuardedCreate(writeParts, guard, guardSql, item)] : []),
      { inFlightLimit: 1, batchLimit: 1 },
    );

  const pageLimits = { inFlightLimit: 2, batchLimit: PAGES_BATCH_LIMIT };
  function pages<Request extends Pick<PageRequest, 'filter'>, RowOf, Result>(
    operation: string,
    read: { readonly all: Read<Request, RowOf, Result>; readonly filtered: Read<Request, RowOf, Result> },
    limits = pageLimits,
  ): (request: Request, call: Call) => Promise<Result> {
    const [all, filtered] = [reader(operation, read.all, limits), reader(operation, read.filtered, limits)];
    return (request, call) => (request.filter === undefined ? all : filtered)(request, call);
  }
  const lists = {
    offset: pages('list', reads.lists.offset),
    deep: pages('list', reads.lists.offset, { inFlightLimit: 1, batchLimit: 1 }),
    after: pages('list', reads.lists.after),
    before: pages('list', reads.lists.before),
  };
  const versions = reader('versions', reads.versions, pageLimits);
  const find = reader('find', reads.finds, { inFlightLimit: 2, batchLimit: BATCH_LIMIT }, (id) => id);

  return {
    create(row, call, idempotency) {
      const item = { id: row.id, version: 0, values: valuesOf(columns, row), idempotency };
      const attempt = (each: Write) => guardedCreates?.add({ ...each, row: textRow(columns, row) }) ?? create(each);
      return write(item, call, unlessTaken(attempt));
    },
    update: (row, call, idempotency) =>
      write({ id: row.id, version: row.version, values: valuesOf(columns, row), idempotency }, call, update),
    delete: (id, version, call, idempotency) => write({ id, version, values: [], idempotency }, call, remove),
    find,
    list: (page, call) => lists[page.kind === 'offset' && page.from > DEEP_OFFSET ? 'deep' : page.kind](page, call),
    changes: pages('changes', reads.changes),
    versions: (id, { after, size }, call) => versions({ after, size, filter: id }, call),
    rowsAt: (positions, call) =>
      inTurn(call, () => executor.track(call, false, () => readRowsAt(executor, statements, description, positions))),

    lastPosition: (call) =>
      executor.track(call, false, async () => (await executor.read(statements.lastPosition))[0]?.last ?? '0'),
    count: (call) => executor.track(call, false, async () => Number((await executor.read(statements.count))[0]?.count)),

    deleteAll: (call) =>
      executor.track(call, true, async (own) => {
        const execute = async (lock: Statement<unknown>, ...deletions: readonly Statement<unknown>[]) => {
          const done = await executor.transaction(
            async (query) => {
              await query(lock, []);
              if (isExpired(own, performance.now())) return null;
              own.markSent();
              for (const deletion of deletions) await query(deletion, []);
              return true;
            },
            () => own.markUnwritten(),
          );
          if (done === null) throw deadlineExceeded();
        };
        await execute(statements.limitLocks, statements.truncate).catch(async (error: unknown) => {
          if (!(error instanceof Failure && CANNOT_TRUNCATE.has(error.reason))) throw error;
          // It locks the log first, so that no change outlives its row.
          await execute(statements.lockLog, statements.deleteRows, statements.deleteChanges);
        });
      }),
  };
}

function valuesOf<Column extends string>(columns: readonly Column[], row: NewRow<Column, ColumnValue>): ColumnValue[] {
  return columns.map((column) => row[column]);
}
