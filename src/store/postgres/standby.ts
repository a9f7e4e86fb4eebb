import { setTimeout as delay } from 'node:timers/promises';
import { quoteTable, type ResourceTables } from '../tables.js';
import { type Call, type ResourceStore, StoreError, type StoreEvents } from '../types.js';
import type { QueryExecutor } from './connection/query-executor.js';
import { type Statement, statement } from './connection/statement.js';

export const STANDBY_LAG = 'standby_lag';

/** The maximum staleness of a read without a token. A standby that lags further serves nothing. */
const MAX_LAG_MS = 1_000;
const CHECK_INTERVAL_MS = 400;
const CHECK_TIMEOUT_MS = 300;

interface Server {
  readonly executor: QueryExecutor;
  readonly store: ResourceStore;
}

interface StandbyOptions {
  readonly primary: Server;
  readonly standby: Server;
  readonly tables: ResourceTables;
  readonly events: StoreEvents;
}

/**
 * Lets a standby serve reads. The primary does if the standby is unreachable, has not replayed the changes of the
 * client's tokens, or lags by more than a second.
 */
export function withStandby(options: StandbyOptions) {
  const { primary, standby, events } = options;
  const lag = watchLag(options);

  function canServe({ consistency }: Call): boolean {
    if (!consistency?.standby || !standby.executor.isAvailable || !lag.isSmall()) return false;
    return consistency.after.every((token) => positionIn(token) !== null);
  }

  async function read<T>(call: Call, from: (store: ResourceStore) => Promise<T>): Promise<T> {
    if (!canServe(call)) return await from(primary.store);
    try {
      const result = await from(standby.store);
      events.standby?.('served');
      return result;
    } catch (error) {
      const isOwn = !(error instanceof StoreError) || /^(?:overloaded|deadline_exceeded)$/.test(error.code);
      if (isOwn) throw error;
      events.standby?.(error.reason === STANDBY_LAG ? 'lagging' : 'failed');
      return await from(primary.store);
    }
  }

  const store: ResourceStore = {
    ...primary.store,
    find: (id, call) => read(call, (store) => store.find(id, call)),
    list: (page, call) => read(call, (store) => store.list(page, call)),
    changes: (request, call) => read(call, (store) => store.changes(request, call)),
    versions: (id, request, call) => read(call, (store) => store.versions(id, request, call)),
    rowsAt: (positions, call) => read(call, (store) => store.rowsAt(positions, call)),
  };
  return { store, close: lag.close };
}

/** Looks for the primary's last known change on the standby a moment later, again and again. */
function watchLag({ primary, standby, tables, events }: StandbyOptions) {
  const tokens = withTokens(statement<object>('SELECT true'), tables);
  let last: { readonly token: string | null; readonly atMs: number } | null = null;
  let smallUntilMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const isSmall = () => performance.now() < smallUntilMs;

  async function request(executor: QueryExecutor, token: string | null): Promise<TokenText> {
    const call = { deadline: performance.now() + CHECK_TIMEOUT_MS, abandoned: false, pendingWrites: 0 };
    const values = () => [[positionIn(token ?? '') ?? '0']];
    const [row] = await executor.track(call, false, () => executor.read(tokens, values));
    return row ?? { last_token: null, known_tokens: null, found: null };
  }

  async function check(): Promise<void> {
    const nowMs = performance.now();
    const current = await request(primary.executor, null).then(
      ({ last_token }) => ({ token: last_token, atMs: nowMs }),
      () => null,
    );
    const wanted = last ?? current;
    last = current ?? last;
    if (wanted === null) return;
    const { known_tokens } = await request(standby.executor, wanted.token);
    if (known_tokens === wanted.token) smallUntilMs = (current === null ? nowMs : wanted.atMs) + MAX_LAG_MS;
    else if (!isSmall())
      events.failure?.(STANDBY_LAG, 'it lags by more than a second, so the primary serves its reads');
  }

  async function watch(): Promise<void> {
    while (!isClosed) {
      // The executor has reported the error.
      await check().catch(() => {});
      await delay(CHECK_INTERVAL_MS, undefined, { ref: false });
    }
  }

  void watch();
  return {
    isSmall,
    close() {
      isClosed = true;
    },
  };
}

/**
 * The position and time of a change. A server that has this change has all earlier ones. The position alone would not
 * suffice: after a failover another standby may have other changes at the same positions.
 */
const TOKEN = /^(?<position>\d{1,18})-\d{1,18}$/;

/** SQL for the token of a change. */
export function tokenOf(alias: string): string {
  return `${alias}.position || '-' || (extract(epoch FROM ${alias}.at) * 1000000)::bigint`;
}

/** The position in a token; null if it identifies no change, for example in the token for the newest state. */
export function positionIn(token: string): string | null {
  return TOKEN.exec(token)?.groups?.position ?? null;
}

/** There is at least one row; `found` is null if the statement itself returned none. */
export interface TokenText {
  /** The token of the last change in the snapshot; null if there is none. */
  readonly last_token: string | null;
  /** The tokens of the requested positions, separated by spaces. */
  readonly known_tokens: string | null;
  readonly found: boolean | null;
}

/**
 * Adds the server's last position, in the same snapshot. Takes an array of positions as one more parameter, after its
 * own.
 */
export function withTokens<Row>({ sql }: Statement<Row>, { changes }: ResourceTables): Statement<Row & TokenText> {
  const parameters = Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number));
  const table = quoteTable(changes);
  return statement(`
    SELECT server.*, own.* FROM (
      SELECT (SELECT ${tokenOf('c')} FROM ${table} AS c ORDER BY c.position DESC LIMIT 1) AS last_token,
        (
          SELECT string_agg(${tokenOf('c')}, ' ') FROM ${table} AS c
          WHERE c.position = ANY($${Math.max(0, ...parameters) + 1}::bigint[])
        ) AS known_tokens
    ) AS server LEFT JOIN (SELECT true AS found, r.* FROM (${sql}) AS r) AS own ON true`);
}
