import { setTimeout as delay } from 'node:timers/promises';
import { createPool, type DatabasePool } from 'slonik';
import { Semaphore } from '../../../scheduling/semaphore.js';
import type { Call, StoreEvents } from '../../types.js';
import { CircuitBreaker, FULL } from './breaker.js';
import { createPostgresDriver, type DriverOptions, type PostgresDriver } from './driver.js';
import { breakerOpen, classifyFailure, Failure, lacksResources, reportFailure } from './failure.js';
import { type Checks, HEALTH_TIMEOUT_MS, HealthProbe } from './health.js';
import { type PendingCall, PendingCalls } from './pending-calls.js';
import { BEGIN, COMMIT, type Query, ROLLBACK, type Statement, type Values } from './statement.js';

interface QueryExecutorOptions extends Pick<DriverOptions, 'target' | 'applicationName' | 'statementTimeoutMs'> {
  /** At least 2: one connection is kept free for health checks. */
  readonly poolSize: number;
  /** The time limit for getting a connection, new or from the pool. */
  readonly connectionTimeoutMs: number;
  /** Find out whether the database can serve. */
  readonly checks: Checks;
  readonly events: StoreEvents;
}

const RETRY_JITTER_MS = 20;
/** The time that the server needs to cancel a statement and to report it. */
const CANCEL_GRACE_MS = 1_000;

/** If a statement takes longer than this, the database gets a health check. */
const SUSPICIOUS_AGE_MS = 1_000;
const WATCH_INTERVAL_MS = 250;

/** After an outage, statements in flight from before it get this long for a late response. */
const LATE_RESPONSE_MS = 1_000;

/** How long fewer connections are then used. */
const FEWER_CONNECTIONS_MS = 1_000;

/**
 * All statements on Postgres: a concurrency limit, a circuit breaker, a pool, and one classification of errors. The
 * limit is the only queue: nothing waits in Slonik's pool.
 */
export class QueryExecutor {
  readonly #breaker: CircuitBreaker;
  readonly #health: HealthProbe;
  readonly #semaphore: Semaphore;
  readonly #pending = new PendingCalls();
  readonly #watch: NodeJS.Timeout;
  #outageSinceMs = 0;
  /** Tries a write again that failed because the server's disk is full, for example; null once a write succeeds. */
  #failed: (() => Promise<unknown>) | null = null;
  #retrial: Promise<void> | null = null;
  #closed = false;

  private constructor(
    readonly options: QueryExecutorOptions,
    private readonly driver: PostgresDriver,
    private readonly pool: DatabasePool,
  ) {
    this.#semaphore = new Semaphore(options.poolSize - 1);
    this.#health = new HealthProbe(
      options.checks,
      (check) => this.#send(check, NO_VALUES),
      () => driver.connections.size > 0,
    );
    this.#breaker = new CircuitBreaker({
      probe: () => this.#health.run(),
      events: options.events,
      onOpen: () => {
        this.#outageSinceMs = performance.now();
        // Idle connections may lead to a server that returns as a standby.
        this.#retireConnections();
        this.#pending.rejectUnsent();
      },
      onClose: () => void setTimeout(() => this.#abortOlderThan(this.#outageSinceMs), LATE_RESPONSE_MS).unref(),
    });
    // Slonik also emits failed statements here; without a listener each would be an uncaught exception.
    pool.on('error', () => {});
    this.#watch = setInterval(() => this.#suspect(), WATCH_INTERVAL_MS).unref();
  }

  /** Creates the pool; connections are made when needed. */
  static async open(options: QueryExecutorOptions): Promise<QueryExecutor> {
    const { poolSize, statementTimeoutMs, connectionTimeoutMs, checks } = options;
    let isChecking = () => false;
    const driver = createPostgresDriver({
      ...options,
      connectionTimeoutMs: () =>
        isChecking() ? Math.min(connectionTimeoutMs, HEALTH_TIMEOUT_MS) : connectionTimeoutMs,
      onUnnamed: (reason) => options.events.unnamed?.(reason),
      queryTimeoutMs: (text) =>
        checks.some(({ sql }) => sql === text) ? HEALTH_TIMEOUT_MS : statementTimeoutMs + CANCEL_GRACE_MS,
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

  /** Whether a statement would be tried: the breaker is closed. */
  get isAvailable(): boolean {
    return this.#breaker.isClosed && !this.#closed;
  }

  /** See `PendingCalls`. While the breaker is open no work begins: it might wait for a hung server. */
  track<T>(call: Call, isWrite: boolean, work: (pending: PendingCall) => Promise<T>): Promise<T> {
    return this.#pending.track(call, isWrite, (own) => (this.isAvailable ? work(own) : Promise.reject(breakerOpen())));
  }

  /** Executes a read. Returns no rows if `values` returned null. Throws Failure. */
  read<Row>(text: Statement<Row>, values: Values = NO_VALUES): Promise<readonly Row[]> {
    return this.#repeat(false, undefined, () => this.#send(text, values));
  }

  /**
   * Executes a write as its own transaction. It is retried, within limits, if it was certainly rolled back and waiting
   * may help or the server asks for a retry (40001, 40P01).
   *
   * @param undone - called when a sent write was certainly rolled back
   * @returns the rows; none if `values` returned null
   * @throws Failure
   */
  write<Row>(text: Statement<Row>, values: Values, undone?: () => void): Promise<readonly Row[]> {
    return this.#repeat(true, undone, () => this.#send(text, values, true));
  }

  /**
   * Executes several statements as one transaction, with the retries of `write`.
   *
   * @param work - sends the statements; a result of null rolls back
   * @param undone - see `write`
   * @returns the result of `work`
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

  /** Throws Failure if the database cannot serve; at once while the breaker is open. */
  async ping(): Promise<void> {
    try {
      if (!this.isAvailable) throw breakerOpen();
      const [problem] = await this.#breaker.execute(() => this.#health.run());
      if (problem) throw new Failure('rejected', problem.code, problem.problem);
      this.#retrial ??= this.#tryFailed().finally(() => {
        this.#retrial = null;
      });
      await this.#retrial;
    } catch (error) {
      if (error instanceof Failure) reportFailure(error, this.options.events);
      throw error;
    }
  }

  /** Waits for pending calls, then ends statements that no call waits for. */
  async close(): Promise<void> {
    await this.#pending.close();
    this.#closed = true;
    clearInterval(this.#watch);
    this.#breaker.dispose();
    this.#abortOlderThan(Number.POSITIVE_INFINITY);
    await this.pool.end();
  }

  async #repeat<T>(write: boolean, undone: (() => void) | undefined, attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await this.#admitted(attempt);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (!failure.isInDoubt) undone?.();
        // Others may lead to the same demoted primary; new connections look for a writable server.
        if (failure.kind === 'demoted') this.#retireConnections();
        if (attempts >= failure.attemptsLimit(write)) {
          reportFailure(failure, this.options.events);
          throw failure;
        }
        this.options.events.retry?.(failure.reason);
        if (failure.kind === 'transient') await delay(Math.random() * RETRY_JITTER_MS * attempts);
      }
    }
  }

  async #admitted<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.options.connectionTimeoutMs;
    for (;;) {
      if (!this.isAvailable) throw breakerOpen();
      if (!(await this.#semaphore.acquire(deadline - performance.now()))) {
        throw new Failure('unreachable', 'pool_exhausted', 'no connection became free in time');
      }
      try {
        if (!this.isAvailable) throw breakerOpen();
        const result = await this.#breaker.execute(() =>
          attempt().catch((error: unknown): typeof FULL => {
            const isRejected = error instanceof Failure && error.kind === 'unreachable' && !error.isHang;
            if (!isRejected || this.driver.connections.size === 0 || performance.now() >= deadline) throw error;
            return FULL;
          }),
        );
        if (result !== FULL) return result;
        this.#semaphore.lower(this.driver.connections.size, FEWER_CONNECTIONS_MS);
      } finally {
        this.#semaphore.release();
      }
    }
  }

  /** Throws Failure while the server still lacks what the failed write needs. */
  async #tryFailed(): Promise<void> {
    const failed = this.#failed;
    await failed?.().catch((error: unknown) => {
      if (lacksResources(error) || (error instanceof Failure && error.isOutage)) throw error;
    });
    if (this.#failed === failed) this.#failed = null;
  }

  #send<Row>(text: Statement<Row>, values: Values, isWrite = false): Promise<readonly Row[]> {
    return this.#connected(async (query) => {
      const bound = values();
      if (bound === null) return [];
      try {
        const rows = await query(text, bound);
        if (isWrite && rows.length > 0) this.#failed = null;
        return rows;
      } catch (failure) {
        if (isWrite && lacksResources(failure))
          this.#failed = () => this.transaction((again) => again(text, bound).then(() => null));
        throw failure;
      }
    });
  }

  /** Runs the work on a connection of the pool. Throws Failure, or an error of the work itself. */
  async #connected<T>(work: (query: Query) => Promise<T>): Promise<T> {
    let isSent = false;
    const failed = (error: unknown): never => {
      throw classifyFailure(error, isSent);
    };
    const connected = this.pool.connect(async (connection) => {
      const query: Query = (text, values) => {
        isSent = true;
        return connection.any({ ...text, values }).catch(failed);
      };
      // Caught here because Slonik closes a connection when its routine fails, and this one may be healthy.
      return await work(query).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    });
    const result = await connected.catch(failed);
    if ('error' in result) throw result.error;
    return result.value;
  }

  /** Finds a hung server long before its statements time out. */
  #suspect(): void {
    const limit = performance.now() - SUSPICIOUS_AGE_MS;
    const suspicious = [...this.driver.connections].some(({ busySinceMs }) => (busySinceMs ?? limit) < limit);
    if (suspicious && !this.#health.isRunning && this.isAvailable) {
      this.#breaker.execute(() => this.#health.run()).catch(() => {});
    }
  }

  #retireConnections(): void {
    for (const connection of this.driver.connections) connection.retire();
  }

  #abortOlderThan(limitMs: number): void {
    for (const connection of this.driver.connections) {
      if (connection.busySinceMs !== null && connection.busySinceMs < limitMs) connection.abort();
    }
  }
}

const NO_VALUES: Values = () => [];
