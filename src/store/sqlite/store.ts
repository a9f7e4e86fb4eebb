import { deadlineExceeded, isExpired, oneAtATime } from '../batch.js';
import { type AnyResource, type Tables, tableOf } from '../tables.js';
import type { Call, Page, PageRequest, ResourceDescription, ResourceStore, Store, StoreError } from '../types.js';
import { isBusy, retryWhileBusy, toStoreError } from './errors.js';
import { ChangeLog, createGroupCommit, type GroupCommitParts } from './group-commit.js';
import { createReads, isDeep, SharedReads } from './reads.js';
import { prepareStatements, type SqliteStatements } from './statements.js';
import { createWrites, prepareGuard } from './writes.js';

/** How long a check of the file is valid. It costs 2 µs, a get from memory about 5. */
const TRUSTED_MS = 100;

export interface SqliteParts extends Pick<GroupCommitParts, 'database' | 'events' | 'file'> {
  readonly resources: readonly AnyResource[];
  readonly tables: Tables;
}

/** Reads run at once on the one connection, so they see every acknowledged write. */
export function sqliteStore({ database, resources, tables, events, file }: SqliteParts): Store {
  const opened = new Map(
    resources.map((resource) => {
      const statements = prepareStatements(database, resource, tableOf(tables, resource.name));
      return [resource.name, { statements, log: new ChangeLog(resource.name, statements) }] as const;
    }),
  );
  const logs = [...opened.values()].map(({ log }) => log);
  const sharedReads = new SharedReads();
  const onCommit = () => sharedReads.forget();
  const commits = createGroupCommit({ database, logs, events, file, retried, onCommit });

  function failure(error: unknown): StoreError {
    const known = toStoreError(error);
    if (known.reason !== null) events.failure?.(known.reason, known.message);
    return known;
  }

  /** Runs the work of calls, again while another process has locked the database. */
  function retried<T>(calls: readonly Call[], work: () => T): Promise<T> {
    const deadline = () => Math.max(...calls.map((call) => (call.abandoned ? 0 : call.deadline)));
    return retryWhileBusy(work, deadline, (code) => events.retry?.(code)).catch((error: unknown) => {
      throw failure(error);
    });
  }

  async function read<R>(call: Call, query: () => R): Promise<R> {
    if (isExpired(call, performance.now())) throw deadlineExceeded();
    try {
      file?.checkFile(TRUSTED_MS);
      // Not through `retried`, whose promise costs a fortieth of a get.
      return query();
    } catch (error) {
      if (!isBusy(error)) throw failure(error);
      return await retried([call], query);
    }
  }

  function resourceStore<Column extends string>(
    description: ResourceDescription<Column>,
    { statements, log }: { readonly statements: SqliteStatements; readonly log: ChangeLog },
  ): ResourceStore<Column> {
    const reads = createReads(description, statements);
    const steps = createWrites(description, statements, log, prepareGuard(database, description, tables));
    // All statements of a read see one snapshot, whatever other processes commit meanwhile.
    const listAtOnce = database.memory ? reads.list : database.transaction(reads.list);
    const versionsAtOnce = database.memory ? reads.versions : database.transaction(reads.versions);
    const listShared = sharedReads.of((page: PageRequest) => (page.kind === 'after' ? listAtOnce : reads.list)(page));
    const changesShared = sharedReads.of(reads.changes);
    const inTurn = oneAtATime();

    async function list(page: PageRequest, call: Call): Promise<Page<Column>> {
      if (!isDeep(page)) return read(call, () => listShared(page));
      // No row is at an offset beyond the last position, so nothing needs to be counted.
      const [last] = await read(call, () => log.read());
      if (page.from >= last) return { rows: [], first: null, last: null, hasEarlier: false };
      return await inTurn(call, () => reads.listDeep(page, call)).catch((error: unknown) => {
        throw failure(error);
      });
    }

    return {
      create: (row, call, idempotency) => commits.write(call, () => steps.create(row, idempotency)),
      update: (row, call, idempotency) => commits.write(call, () => steps.update(row, idempotency)),
      delete: (id, version, call, idempotency) => commits.write(call, () => steps.delete(id, version, idempotency)),
      deleteAll: async (call) => void (await commits.write(call, steps.deleteAll)),
      find: (id, call) => read(call, () => reads.find(id)),
      list,
      changes: (request, call) => read(call, () => changesShared(request)),
      versions: (id, { after, size }, call) => read(call, () => versionsAtOnce(id, after, size)),
      rowsAt: (positions, call) => inTurn(call, () => read(call, () => reads.rowsAt(positions))),
      lastPosition: (call) => read(call, () => String(log.read()[0])),
      count: (call) => read(call, reads.count),
    };
  }

  return {
    resource(description) {
      const found = opened.get(description.name);
      if (found === undefined) throw new RangeError(`the database was opened without ${description.name}`);
      return resourceStore(description, found);
    },

    async ping(call) {
      await read(call, () => {
        file?.checkFile();
        for (const { statements, log } of opened.values()) {
          statements.find.get('');
          statements.changeOfKey.get('');
          statements.ping.get();
          log.read();
        }
      });
      await commits.probe(call);
    },

    async close() {
      await commits.drain();
      if (!database.open) return;
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // The next start then reads the write-ahead log.
      }
      database.close();
    },
  };
}
