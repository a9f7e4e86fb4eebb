import type { RepoCall } from '../repo.js';

/** How writes reach the database: one by one, or joined into shared transactions. */
export interface Writes {
  /**
   * Executes one write, durably once the promise resolves.
   *
   * @param call - marked as sent just before the statement runs
   * @param statement - synchronous; may run again after everything it did was rolled back
   * @throws RepoError
   */
  write<R>(call: RepoCall, statement: () => R): Promise<R>;
  /** Resolves once no write is waiting or under way. */
  drain(): Promise<void>;
}
