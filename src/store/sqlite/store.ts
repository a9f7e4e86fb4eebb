import type { Database, Statement } from 'better-sqlite3';
import { deadlineExceeded, isExpired } from '../batch.js';
import { type AnyResource, type Tables, tableOf } from '../tables.js';
import {
  type Call,
  type Page,
  type PageRequest,
  type ResourceDescription,
  type ResourceStore,
  type Store,
  StoreError,
  type StoreEvents,
} from '../types.js';
import { retryWhileBusy } from './busy.js';
import { type ChangeLog, createChangeLog } from './change-log.js';
import { isBusy, toStoreError } from './errors.js';
import type { FileIdentity } from './file-identity.js';
import { isDeep, readDeepPage, readPage } from './pages.js';
import { sqliteSql } from './sql.js';
import { prepareReads, prepareWrites } from './statements.js';
import { groupCommitWrites, immediateWrites, type Writes } from './writes.js';

/** What a store is made of. */
export interface SqliteParts {
  readonly database: Database;
  readonly resources: readonly AnyResource[];
  readonly tables: Tables;
  readonly events: StoreEvents;
  readonly file: FileIdentity;
  /** Whether other processes may write to the database too. */
  readonly isShared: boolean;
}

/**
 * Resources in an SQLite database. Reads run at once on the one connection, so they see every acknowledged write; how writes
 * are committed is the business of `writes.ts`.
 *
 * @param parts - an open, migrated database
 */
export function sqliteStore(parts: SqliteParts): Store {
  const { database, resources, tables, events, file, isShared } = parts;
  const logs = new Map<string, ChangeLog>();
  const pings: Statement[] = [];
  for (const resource of resources) {
    const sql = sqliteSql(resource, tableOf(tables, resource.name));
    logs.set(resource.name, createChangeLog(database, sql, isShared));
    pings.push(database.prepare(sql.ping));
  }
  const all = [...logs.values()];
  const writes = isShared ? groupCommitWrites({ database, logs: all, events, file }) : immediateWrites(database, all);

  return {
    resource(description) {
      const log = logs.get(description.name);
      if (log === undefined) throw new RangeError(`the database was opened without ${description.name}`);
      return resourceStore(parts, description, log, writes);
    },

    async ping(call) {
      await read(parts, call, () => {
        file.check();
        for (const statement of pings) statement.get();
      });
      await writes.probe(call);
    },

    async close() {
      await writes.drain();
      if (!database.open) return;
      try {
        database.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // The write-ahead log is then simply read at the next start.
      }
      database.close();
    },
  };
}

function resourceStore<Column extends string>(
  parts: SqliteParts,
  description: ResourceDescription<Column>,
  log: ChangeLog,
  writes: Writes,
): ResourceStore<Column> {
  const { database, tables, isShared } = parts;
  const { columns } = description;
  const statements = prepareReads(database, description, tables);
  const changing = prepareWrites(database, description, tables, log);
  const pagesOf = ({ filter }: { readonly filter?: string | undefined }) => {
    const pages = filter === undefined ? statements.live : statements.filtered;
    if (pages === null) throw new StoreError('broken', `${description.name} have no column to filter by`);
    return pages;
  };
  const list = (page: PageRequest) => readPage(columns, pagesOf(page), page);
  const versions = (id: string, after: string, size: number) => statements.versions(id, after, size);
  // All statements of one read see one state of the database, whatever other processes commit meanwhile.
  const listAtOnce = isShared ? database.transaction(list) : list;
  const versionsAtOnce = isShared ? database.transaction(versions) : versions;
  /** Deep pages come one after another: each takes a share of the event loop, however many there are. */
  let deepPages: Promise<unknown> = Promise.resolve();

  async function listDeep(page: Extract<PageRequest, { kind: 'offset' }>, call: Call): Promise<Page<Column>> {
    // No row is at an offset beyond the last position, so nothing has to be counted.
    const last = await read(parts, call, () => log.last());
    if (page.from >= last) return { rows: [], first: null, last: null, hasEarlier: false };
    const before = deepPages;
    const result = before.then(() => readDeepPage(columns, pagesOf(page), page, call));
    deepPages = result.catch(() => {});
    try {
      return await result;
    } catch (error) {
      throw toStoreError(error);
    }
  }

  return {
    create: (row, call, idempotency) => writes.write(call, () => changing.create(row, idempotency)),
    update: (row, call, idempotency) => writes.write(call, () => changing.update(row, idempotency)),
    delete: (id, version, call, idempotency) => writes.write(call, () => changing.delete(id, version, idempotency)),
    deleteAll: (call) => writes.write(call, changing.deleteAll),
    find: (id, call) => read(parts, call, () => statements.find(id)),
    list(page, call) {
      if (isDeep(page)) return listDeep(page, call);
      return read(parts, call, () => (page.kind === 'after' ? listAtOnce(page) : list(page)));
    },
    changes: ({ after, size, filter }, call) => read(parts, call, () => statements.changes(after, size, filter)),
    versions: (id, { after, size }, call) => read(parts, call, () => versionsAtOnce(id, after, size)),
    replay: (idempotency, call) => read(parts, call, () => changing.replay(idempotency)),
    lastPosition: (call) => read(parts, call, () => String(log.last())),
    count: (call) => read(parts, call, statements.count),
  };
}

async function read<R>({ file, events }: SqliteParts, call: Call, query: () => R): Promise<R> {
  const nowMs = performance.now();
  if (isExpired(call, nowMs)) throw deadlineExceeded();
  file.checkSometimes(nowMs);
  try {
    return query();
  } catch (error) {
    if (!isBusy(error)) throw toStoreError(error);
  }
  try {
    return await retryWhileBusy(query, () => (call.abandoned ? 0 : call.deadline), events.retry?.bind(events));
  } catch (error) {
    throw toStoreError(error);
  }
}
