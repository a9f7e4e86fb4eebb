import { setTimeout as delay } from 'node:timers/promises';
import { createPool, type DatabasePool } from 'slonik';
import type { StoreEvents } from '../../types.js';
import { CircuitBreaker } from './breaker.js';
import type { ConnectionTarget } from './connection-string.js';
import { createPostgresDriver, type PostgresDriver } from './driver.js';
import { breakerOpen, classifyFailure, Failure, reportFailure } from './failure.js';
import { HEALTH_TIMEOUT_MS, HealthProbe, type HealthProblem } from './health.js';
import { Semaphore } from './semaphore.js';
import { type Query, type Statement, statement, type Values } from './statement.js';

export interface QueryExecutorOptions {
  readonly target: ConnectionTarget;
  readonly applicationName: string;
  /** At least 2: one connection is kept free for health checks. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** How long to wait for a connection, be it one to be made or one that is taken. */
  readonly connectionTimeoutMs: number;
  /** Asks the database whether it can do its work: one row for each reason why it cannot. */
  readonly healthCheck: Statement<HealthProblem>;
  readonly events: StoreEvents;
  /** The database was found to be unreachable; until it is back no statement is tried. */
  readonly onOutage: () => void;
}

const RETRY_JITTER_MS = 20;
/** What the server needs to cancel a statement by itself and to say so. */
const CANCEL_GRACE_MS = 1_000;

/** After a statement has taken this long, the database gets a health check, ms. */
const SUSPICIOUS_AGE_MS = 1_000;
const WATCH_INTERVAL_MS = 250;

/** What was in flight before an outage gets this long, after it, for its late response; a dead connection never gives it. */
const LATE_RESPONSE_MS = 1_000;

/** Where the server has no connection left for us, the next attempt to get one is made after this. */
const FEWER_CONNECTIONS_MS = 1_000;

/**
 * The way every statement takes to Postgres: a bound on how many are in flight, a circuit breaker, a pool of connections,
 * and one reading of what went wrong. The bound is the only one: Slonik's pool never has anybody waiting.
 */
export class QueryExecutor {
  readonly #options: QueryExecutorOptions;
  readonly #driver: PostgresDriver;
  readonly #pool: DatabasePool;
  readonly #breaker: CircuitBreaker;
  readonly #health: HealthProbe;
  readonly #semaphore: Semaphore;
  readonly #watch: NodeJS.Timeout;
  #outageSinceMs = 0;
  #closed = false;

  private constructor(options: QueryExecutorOptions, driver: PostgresDriver, pool: DatabasePool) {
    this.#options = options;
    this.#driver = driver;
    this.#pool = pool;
    this.#semaphore = new Semaphore(options.poolSize - 1);
    this.#health = new HealthProbe(
      () => this.#send(options.healthCheck, NO_VALUES),
      () => driver.connections.size > 0,
    );
    this.#breaker = new CircuitBreaker({
      probe: () => this.#health.run(),
      events: options.events,
      onOpen: () => {
        this.#outageSinceMs = performance.now();
        // Those that are idle may lead to a server that is a standby when it comes back.
        this.#retireConnections();
        options.onOutage();
      },
      onClose: () => void setTimeout(() => this.#abortOlderThan(this.#outageSinceMs), LATE_RESPONSE_MS).unref(),
    });
    // Slonik reports failed statements here as well; without a listener that would be an exception of its own.
    pool.on('error', () => {});
    this.#watch = setInterval(() => this.#suspect(), WATCH_INTERVAL_MS).unref();
  }

  /** Makes the pool; connections are made when they are needed. */
  static async open(options: QueryExecutorOptions): Promise<QueryExecutor> {
    const { target, applicationName, poolSize, statementTimeoutMs, connectionTimeoutMs, healthCheck } = options;
    let isChecking = () => false;
    const driver = createPostgresDriver({
      target,
      applicationName,
      statementTimeoutMs,
      connectionTimeoutMs: () =>
        isChecking() ? Math.min(connectionTimeoutMs, HEALTH_TIMEOUT_MS) : connectionTimeoutMs,
      onUnnamed: (reason) => options.events.unnamed?.(reason),
      queryTimeoutMs: (text) => (text === healthCheck.sql ? HEALTH_TIMEOUT_MS : statementTimeoutMs + CANCEL_GRACE_MS),
    });
    const pool = await createPool('', {
      driverFactory: driver.factory,
      maximumPoolSize: poolSize,
      idleTimeout: 'DISABLE_TIMEOUT',
      connectionRetryLimit: 0,
      queryRetryLimit: 0,
      typeParsers: [],
    });
    const opened = new QueryExecutor(options, driver, pool);
    isChecking = () => opened.#health.isRunning;
    options.events.pool?.(() => {
      const { acquiredConnections: active, idleConnections: idle } = pool.state();
      return { active, idle, waiting: opened.#semaphore.waiting };
    });
    return opened;
  }

  /** Whether a statement would be tried at all: the breaker is closed, and so the database is thought to be there. */
  get isAvailable(): boolean {
    return this.#breaker.isClosed && !this.#closed;
  }

  /**
   * Executes a statement that reads.
   *
   * @returns the rows; none where `values` gave null
   * @throws Failure
   */
  read<Row>(text: Statement<Row>, values: Values = NO_VALUES): Promise<readonly Row[]> {
    return this.#repeat(false, undefined, () => this.#send(text, values));
  }

  /**
   * Executes a statement that changes something, as a transaction of its own. It is tried again, within bounds, where it is certain
   * that nothing of it was kept, and waiting may help or the server asks for it (40001, 40P01).
   *
   * @param undone - told that it left, but was certainly undone
   * @returns the rows; none where `values` gave null
   * @throws Failure
   */
  write<Row>(text: Statement<Row>, values: Values, undone?: () => void): Promise<readonly Row[]> {
    return this.#repeat(true, undone, () => this.#send(text, values));
  }

  /**
   * Executes several statements as one transaction, tried again like a single one.
   *
   * @param work - sends them; null in the place of its result rolls back
   * @param undone - see `write`
   * @returns what the work gives
   * @throws Failure
   */
  transaction<T>(work: (query: Query) => Promise<T | null>, undone?: () => void): Promise<T | null> {
    return this.#repeat(true, undone, () =>
      this.#connected<T | null>(async (query) => {
        await query(BEGIN, []);
        try {
          const result = await work(query);
          await query(result === null ? ROLLBACK : COMMIT, []);
          return result;
        } catch (error) {
          await query(ROLLBACK, []).catch(() => {});
          throw error;
        }
      }),
    );
  }

  /**
   * Resolves when the database responds and can do its work.
   *
   * @throws Failure after 900 ms, and at once while the breaker is open
   */
  async ping(): Promise<void> {
    try {
      if (!this.isAvailable) throw breakerOpen();
      const [problem] = await this.#health.inTime((probe) => this.#breaker.execute(probe));
      if (problem) throw new Failure('rejected', problem.code, problem.problem);
    } catch (error) {
      if (error instanceof Failure) reportFailure(error, this.#options.events);
      throw error;
    }
  }

  /** Closes every connection; what is still in flight on one is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#breaker.dispose();
    this.#abortOlderThan(Number.POSITIVE_INFINITY);
    await this.#pool.end();
  }

  async #repeat<T>(write: boolean, undone: (() => void) | undefined, attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await this.#admitted(attempt);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (!failure.isInDoubt) undone?.();
        // Others may lead to the same demoted primary; the new ones that replace them go to a server that can be written.
        if (failure.kind === 'demoted') this.#retireConnections();
        if (attempts >= failure.attemptsLimit(write)) {
          reportFailure(failure, this.#options.events);
          throw failure;
        }
        this.#options.events.retry?.(failure.reason);
        if (failure.kind === 'transient') await delay(Math.random() * RETRY_JITTER_MS * attempts);
      }
    }
  }

  /** Makes an attempt when it is its turn, and unless the breaker is open. */
  async #admitted<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.connectionTimeoutMs;
    let isAdmitted = false;
    const admit = async () => {
      isAdmitted = await this.#semaphore.acquire(deadline - performance.now());
      if (!isAdmitted) throw new Failure('unreachable', 'pool_exhausted', 'no connection became free in time');
    };
    if (!this.isAvailable) throw breakerOpen();
    await admit();
    try {
      if (!this.isAvailable) throw breakerOpen();
      return await this.#breaker.execute(async () => {
        for (;;) {
          try {
            return await attempt();
          } catch (error) {
            const isRejected = error instanceof Failure && error.kind === 'unreachable' && !error.isHang;
            const connections = this.#driver.connections.size;
            if (!isRejected || connections === 0 || performance.now() >= deadline) throw error;
            // The server has no further connection for us, but there are some: wait for one of them.
            this.#semaphore.lower(connections, FEWER_CONNECTIONS_MS);
            this.#semaphore.release();
            isAdmitted = false;
            await admit();
          }
        }
      });
    } finally {
      if (isAdmitted) this.#semaphore.release();
    }
  }

  #send<Row>(text: Statement<Row>, values: Values): Promise<readonly Row[]> {
    return this.#connected(async (query) => {
      const bound = values();
      return bound === null ? [] : await query(text, bound);
    });
  }

  /**
   * Runs the work on a connection of the pool.
   *
   * @throws Failure
   */
  async #connected<T>(work: (query: Query) => Promise<T>): Promise<T> {
    let isSent = false;
    try {
      const result = await this.#pool.connect(async (connection): Promise<T | Failure> => {
        const query: Query = async (text, values) => {
          isSent = true;
          return await connection.any({ ...text, values });
        };
        // Caught here because Slonik closes a connection whose routine fails, and this one may be sound.
        return await work(query).catch((error: unknown) => classifyFailure(error, true));
      });
      if (!(result instanceof Failure)) return result;
      throw result;
    } catch (error) {
      throw classifyFailure(error, isSent);
    }
  }

  /** A server that hangs is found here long before its statements time out. */
  #suspect(): void {
    const limit = performance.now() - SUSPICIOUS_AGE_MS;
    const suspicious = [...this.#driver.connections].some(({ busySinceMs }) => (busySinceMs ?? limit) < limit);
    if (suspicious && !this.#health.isRunning && this.isAvailable) {
      this.#breaker.execute(() => this.#health.run()).catch(() => {});
    }
  }

  #retireConnections(): void {
    for (const connection of this.#driver.connections) connection.retire();
  }

  #abortOlderThan(limitMs: number): void {
    for (const connection of this.#driver.connections) {
      if (connection.busySinceMs !== null && connection.busySinceMs < limitMs) connection.abort();
    }
  }
}

const NO_VALUES: Values = () => [];
const BEGIN = statement<never>('BEGIN');
const COMMIT = statement<never>('COMMIT');
const ROLLBACK = statement<never>('ROLLBACK');
