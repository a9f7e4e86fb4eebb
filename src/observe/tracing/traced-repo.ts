import type { Repo, RepoCall } from '../../store/repo.js';
import type { Tracing } from './tracing.js';

/**
 * A repository whose calls are spans of the requests they work for. Put it around the repository only where there is
 * a `Tracing`, so that nothing stands in the way where there is none.
 *
 * @param repo - the repository that does the work
 * @param tracing - where the spans go
 */
export function tracedRepo(repo: Repo, tracing: Tracing): Repo {
  async function traced<T>(operation: string, call: RepoCall, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let error: unknown = null;
    try {
      return await work();
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      tracing.recordRepoCall(call, { operation, startedAt, endedAt: performance.now(), error });
    }
  }

  return {
    createPayment: (payment, call) => traced('createPayment', call, () => repo.createPayment(payment, call)),
    findPayment: (id, call) => traced('findPayment', call, () => repo.findPayment(id, call)),
    updatePayment: (change, call) => traced('updatePayment', call, () => repo.updatePayment(change, call)),
    deletePayment: (id, version, call) => traced('deletePayment', call, () => repo.deletePayment(id, version, call)),
    listPayments: (page, call) => traced('listPayments', call, () => repo.listPayments(page, call)),
    countPayments: (call) => traced('countPayments', call, () => repo.countPayments(call)),
    deleteAllPayments: (call) => traced('deleteAllPayments', call, () => repo.deleteAllPayments(call)),
    ping: (call) => traced('ping', call, () => repo.ping(call)),
    close: () => repo.close(),
  };
}
