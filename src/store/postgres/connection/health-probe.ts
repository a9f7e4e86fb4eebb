import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt } from './breaker.js';
import { demoted, type Failure, healthTimeout, READ_ONLY } from './failure.js';
import type { HealthProblem } from './statement.js';

/** How long a health check may take, a connection for it included. */
export const HEALTH_TIMEOUT_MS = 900;

/** too_many_connections: the server is alive. */
const TOO_MANY_CONNECTIONS = '53300';

type Health = Attempt<readonly HealthProblem[] | null>;

/** Asks the database whether it can do its work. One check at a time: whoever asks meanwhile shares its result. */
export class HealthProbe {
  #running: Promise<Health> | null = null;

  /**
   * @param check - sends the health check, outside of the bound on statements: one connection is kept free for it
   * @param isConnected - whether there are connections that work for others
   */
  constructor(
    private readonly check: () => Promise<Health>,
    private readonly isConnected: () => boolean,
  ) {}

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** @returns why the database cannot do its work; a server that takes no writes is a failure of its own */
  run(): Promise<Health> {
    this.#running ??= this.check()
      .then((result) => this.#judge(result))
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }

  /**
   * Like `run`, for callers that wait no longer than the timeout, whatever becomes of the connection.
   *
   * @param around - runs it
   */
  async inTime(around: (run: () => Promise<Health>) => Promise<Health>): Promise<Health> {
    const timer = new AbortController();
    const tooLate = { failure: healthTimeout() };
    const result = await Promise.race([
      around(() => this.run()),
      delay(HEALTH_TIMEOUT_MS, tooLate, { signal: timer.signal }),
    ]);
    timer.abort();
    return result;
  }

  #judge(result: Health): Health {
    if ('failure' in result) {
      const isFull = result.failure.reason === TOO_MANY_CONNECTIONS;
      return isFull && this.isConnected() ? { value: [] } : result;
    }
    const readOnly = result.value?.find(({ code }) => code === READ_ONLY);
    return readOnly === undefined ? result : { failure: demoted(readOnly.problem) };
  }
}

/** The first of the problems as a failure; null where there is none. */
export function problemOf([problem]: readonly HealthProblem[]): Failure | null {
  return problem ? { kind: 'rejected', reason: problem.code, cause: new Error(problem.problem) } : null;
}
