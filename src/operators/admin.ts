import type { Handlers, Reply } from '../contract/contract.js';
import { type ProblemReply, problem } from '../http/problems.js';
import type { ResourceStore } from '../store/types.js';

/** What the operations on everything need. */
export interface AdminDependencies {
  /** All that is stored; what refers to others comes after them. */
  readonly resources: readonly Pick<ResourceStore<string>, 'count' | 'deleteAll'>[];
  /** Whether these operations are switched on. */
  readonly adminEnabled: boolean;
}

/** The operations on everything that is stored. */
export function adminHandlers({ resources, adminEnabled: enabled }: AdminDependencies) {
  return {
    async getRepo({ call }): Promise<Reply<'getRepo'>> {
      if (!enabled) return switchedOff();
      const counts = await Promise.all(resources.map((resource) => resource.count(call)));
      return { status: 200, body: { count: counts.reduce((sum, count) => sum + count, 0) } };
    },

    async deleteRepo({ call }): Promise<Reply<'deleteRepo'>> {
      if (!enabled) return switchedOff();
      for (const resource of [...resources].reverse()) await resource.deleteAll(call);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}

function switchedOff(): ProblemReply<'endpoint_disabled'> {
  return problem('endpoint_disabled', 'The admin endpoints are switched off; --admin switches them on.');
}
