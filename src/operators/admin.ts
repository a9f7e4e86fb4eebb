import type { Handlers, Reply } from '../contract/contract.js';
import { type ProblemReply, problem } from '../http/problems.js';
import type { Repo } from '../store/repo.js';

/**
 * The operations on the repository as a whole.
 *
 * @param dependencies - the repository, and whether these operations are switched on
 */
export function adminHandlers({
  repo,
  enabled,
}: {
  readonly repo: Repo;
  readonly enabled: boolean;
}): Pick<Handlers, 'getRepo' | 'deleteRepo'> {
  return {
    async getRepo({ call }): Promise<Reply<'getRepo'>> {
      if (!enabled) return switchedOff();
      return { status: 200, body: { count: await repo.countPayments(call) } };
    },

    async deleteRepo({ call }): Promise<Reply<'deleteRepo'>> {
      if (!enabled) return switchedOff();
      await repo.deleteAllPayments(call);
      return { status: 204 };
    },
  };
}

function switchedOff(): ProblemReply<'endpoint_disabled'> {
  return problem('endpoint_disabled', 'The admin endpoints are switched off; --admin switches them on.');
}
