import { setTimeout as delay } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { createPool, type DatabasePool, type PrimitiveValueExpression, type QuerySqlToken, sql } from 'slonik';
import type { ZodType } from 'zod';
import { RepoError, type RepoEvents } from '../repo.js';
import { type Attempt, type Breaker, createBreaker } from './breaker.js';
import { createPostgresDriver, type PostgresDriver } from './driver.js';
import { classifyFailure, type Failure, HungError, toRepoError } from './failure.js';
import { Slots } from './slots.js';

/** A statement and the shape of its rows: a type for the compiler, checked by nobody at run time. */
export type Statement<Row> = QuerySqlToken<ZodType<Row>>;

export interface SessionOptions {
  readonly config: ClientConfig;
  /** At least 2: one connection is kept free for the sign of life. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** How long to wait for a connection, be it one to be made or one that is taken. */
  readonly connectionTimeoutMs: number;
  readonly events: RepoEvents;
  /** The database was found to be away; until it is back no statement is tried. */
  readonly onOutage: () => void;
}

export interface Execution {
  /** Whether the statement changes anything, so that it must not be repeated where it may have been executed. */
  readonly write: boolean;
  /** Asked when there is a connection, just before the statement leaves. Null: nobody needs it any more. */
  readonly values: () => readonly PrimitiveValueExpression[] | null;
  /** The statement left, but was certainly undone. */
  readonly undone?: () => void;
}

const ATTEMPTS = 5;
const RETRY_JITTER_MS = 20;

/** What the server needs to cancel a statement by itself and to say so. */
const CANCEL_GRACE_MS = 1_000;

const RENEWAL_PAUSE_MS = 1_000;

const PING_TIMEOUT_MS = 900;
const PING: Statement<unknown> = sql.unsafe`SELECT 1`;

/** A statement that takes so long is reason to ask the database for a sign of life. */
const SUSPICIOUS_AGE_MS = 1_000;
const WATCH_INTERVAL_MS = 250;

/** What was under way before an outage gets so long, after it, for its late answer; a dead connection never gives it. */
const LATE_ANSWER_MS = 1_000;

/**
 * The way every statement takes to Postgres: a pool of connections, a circuit breaker before it, and one reading of
 * what went wrong.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #driver: PostgresDriver;
  readonly #pool: DatabasePool;
  readonly #breaker: Breaker;
  readonly #slots: Slots;
  readonly #watch: NodeJS.Timeout;
  #probe: Promise<Attempt<unknown>> | null = null;
  #outageSinceMs = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(options: SessionOptions, driver: PostgresDriver, pool: DatabasePool) {
    this.#options = options;
    this.#driver = driver;
    this.#pool = pool;
    this.#slots = new Slots(options.poolSize - 1);
    this.#breaker = createBreaker({
      probe: () => this.#signOfLife(),
      events: options.events,
      onOpen: () => {
        this.#outageSinceMs = performance.now();
        options.onOutage();
      },
      onClose: () => {
        setTimeout(() => this.#abortOlderThan(this.#outageSinceMs), LATE_ANSWER_MS).unref();
      },
    });
    // Slonik reports failed statements here as well; without a listener that would be an exception of its own.
    pool.on('error', () => {});
    this.#watch = setInterval(() => this.#suspect(), WATCH_INTERVAL_MS).unref();
  }

  /** Makes the pool; connections are made when they are needed. */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, poolSize, statementTimeoutMs, connectionTimeoutMs } = options;
    let session: Session | null = null;
    const driver = createPostgresDriver({
      config,
      statementTimeoutMs,
      connectionTimeoutMs: () =>
        session === null || session.#probe === null
          ? connectionTimeoutMs
          : Math.min(connectionTimeoutMs, PING_TIMEOUT_MS),
      onUnnamed: (reason) => options.events.unnamed?.(reason),
      answerTimeoutMs: (text) => (text === PING.sql ? PING_TIMEOUT_MS : statementTimeoutMs + CANCEL_GRACE_MS),
    });
    const pool = await createPool('', {
      driverFactory: driver.factory,
      maximumPoolSize: poolSize,
      idleTimeout: 'DISABLE_TIMEOUT',
      connectionRetryLimit: 0,
      queryRetryLimit: 0,
      typeParsers: [],
    });
    session = new Session(options, driver, pool);
    options.events.pool?.(() => {
      const { acquiredConnections, idleConnections, waitingClients } = pool.state();
      return { active: acquiredConnections, idle: idleConnections, waiting: waitingClients };
    });
    return session;
  }

  /** Whether a statement would be tried at all: the breaker is closed, and so the database is thought to be there. */
  get isAvailable(): boolean {
    return this.#breaker.isClosed && !this.#closed;
  }

  /**
   * Executes a statement, a transaction of its own. Tried again, within bounds, where it is certain that nothing of it
   * was kept and the server asks for it (40001, 40P01), or where it only reads.
   *
   * @param statement - without its values
   * @param execution - the values, and what to know of the statement
   * @returns the rows, null where `values` gave null, or the failure
   */
  async run<Row>(statement: Statement<Row>, execution: Execution): Promise<Attempt<readonly Row[] | null>> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#try(statement, execution.values);
      if (!('failure' in result)) {
        return result;
      }
      const { kind, reason } = result.failure;
      if (kind !== 'lost' && kind !== 'hung') {
        execution.undone?.();
      }
      const again =
        (kind === 'transient' && attempt < ATTEMPTS) ||
        ((kind === 'stale' || kind === 'demoted') && attempt === 1 && this.#renewConnections()) ||
        (kind === 'lost' && attempt === 1 && !execution.write);
      if (!again) {
        return result;
      }
      this.#options.events.retry?.(reason);
      if (kind === 'transient') {
        await delay(Math.random() * RETRY_JITTER_MS * attempt);
      }
    }
  }

  /**
   * Like `run`, for a statement that stands alone.
   *
   * @returns the rows
   * @throws RepoError
   */
  async rows<Row>(statement: Statement<Row>, execution: Execution): Promise<readonly Row[]> {
    const result = await this.run(statement, execution);
    if ('failure' in result) {
      throw toRepoError(result.failure, execution.write);
    }
    return result.value ?? [];
  }

  /**
   * Resolves when the database answers.
   *
   * @throws RepoError `unavailable` after 900 ms, and at once while the breaker is open
   */
  async ping(): Promise<void> {
    if (!this.isAvailable) {
      throw new RepoError('unavailable', 'the circuit breaker is open');
    }
    const timer = new AbortController();
    const tooLate: Attempt<unknown> = { failure: hungFailure() };
    const result = await Promise.race([
      this.#breaker.execute(() => this.#signOfLife()),
      delay(PING_TIMEOUT_MS, tooLate, { signal: timer.signal }),
    ]);
    timer.abort();
    if ('failure' in result) {
      throw toRepoError(result.failure, false);
    }
  }

  /** Closes every connection; what is still under way on one is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#breaker.dispose();
    this.#abortOlderThan(Number.POSITIVE_INFINITY);
    await this.#pool.end();
  }

  async #try<Row>(statement: Statement<Row>, values: Execution['values']): Promise<Attempt<readonly Row[] | null>> {
    if (!this.isAvailable) {
      return { failure: unreachable('the circuit breaker is open') };
    }
    if (!(await this.#slots.acquire(this.#options.connectionTimeoutMs))) {
      return { failure: unreachable('no connection of the pool became free in time') };
    }
    try {
      if (!this.isAvailable) {
        return { failure: unreachable('the circuit breaker opened') };
      }
      return await this.#breaker.execute(() => this.#send(statement, values));
    } finally {
      this.#slots.release();
    }
  }

  async #send<Row>(statement: Statement<Row>, values: Execution['values']): Promise<Attempt<readonly Row[] | null>> {
    let sent = false;
    try {
      return await this.#pool.connect(async (connection): Promise<Attempt<readonly Row[] | null>> => {
        const bound = values();
        if (bound === null) {
          return { value: null };
        }
        sent = true;
        try {
          return { value: await connection.any({ ...statement, values: bound }) };
        } catch (error) {
          // Caught here because Slonik closes a connection whose routine fails, and this one may be sound.
          return { failure: classifyFailure(error, true) };
        }
      });
    } catch (error) {
      return { failure: classifyFailure(error, sent) };
    }
  }

  /** One at a time: whoever asks meanwhile shares the answer. It takes the connection that `#slots` leaves free. */
  #signOfLife(): Promise<Attempt<unknown>> {
    this.#probe ??= this.#send(PING, () => []).finally(() => {
      this.#probe = null;
    });
    return this.#probe;
  }

  /** A server that hangs is found here long before its statements time out. */
  #suspect(): void {
    const limit = performance.now() - SUSPICIOUS_AGE_MS;
    const suspicious = [...this.#driver.connections].some(({ busySinceMs }) => (busySinceMs ?? limit) < limit);
    if (suspicious && this.#probe === null && this.isAvailable) {
      void this.#breaker.execute(() => this.#signOfLife());
    }
  }

  /**
   * What is wrong with one connection may be wrong with all: a migration made their plans stale, or they lead to an old
   * primary that lives on as a standby after a failover. At most once a second, lest a database that is meant to be
   * read-only is flooded with connections.
   *
   * @returns whether it is worth another try now
   */
  #renewConnections(): boolean {
    const now = performance.now();
    if (now - this.#renewedAtMs < RENEWAL_PAUSE_MS) {
      return false;
    }
    this.#renewedAtMs = now;
    for (const connection of this.#driver.connections) {
      connection.retire();
    }
    return true;
  }

  #abortOlderThan(limitMs: number): void {
    for (const connection of this.#driver.connections) {
      if (connection.busySinceMs !== null && connection.busySinceMs < limitMs) {
        connection.abort();
      }
    }
  }
}

function unreachable(message: string): Failure {
  return { kind: 'unreachable', reason: 'unavailable', cause: new Error(message) };
}

function hungFailure(): Failure {
  const cause = new HungError('Postgres gave no sign of life in time');
  return { kind: 'hung', reason: cause.name, cause };
}
