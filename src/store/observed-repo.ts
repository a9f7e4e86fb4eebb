import { type Repo, RepoError } from './repo.js';

/** A repository call ended: which use case, how it ended (`ok`, or the code of the error), how long it took. */
export type OnRepoCall = (operation: string, outcome: string, durationSeconds: number) => void;

/** Taken before the call begins: a repository in memory has done its work by the time it returns. */
const now = () => performance.now();

/**
 * A repository that tells how its calls end. What it tells is for metrics; it changes nothing on the way.
 *
 * @param repo - the repository that does the work
 * @param onCall - who is told
 */
export function observedRepo(repo: Repo, onCall: OnRepoCall): Repo {
  function observe<T>(operation: string, startedAt: number, result: Promise<T>): Promise<T> {
    const seconds = () => (performance.now() - startedAt) / 1000;
    result.then(
      () => onCall(operation, 'ok', seconds()),
      (error: unknown) => onCall(operation, error instanceof RepoError ? error.code : 'error', seconds()),
    );
    return result;
  }

  return {
    createPayment: (payment, call) => observe('createPayment', now(), repo.createPayment(payment, call)),
    findPayment: (id, call) => observe('findPayment', now(), repo.findPayment(id, call)),
    updatePayment: (change, call) => observe('updatePayment', now(), repo.updatePayment(change, call)),
    deletePayment: (id, version, call) => observe('deletePayment', now(), repo.deletePayment(id, version, call)),
    listPayments: (page, call) => observe('listPayments', now(), repo.listPayments(page, call)),
    countPayments: (call) => observe('countPayments', now(), repo.countPayments(call)),
    deleteAllPayments: (call) => observe('deleteAllPayments', now(), repo.deleteAllPayments(call)),
    ping: (call) => observe('ping', now(), repo.ping(call)),
    close: () => repo.close(),
  };
}
