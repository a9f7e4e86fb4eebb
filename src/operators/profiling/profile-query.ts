import type { RequestError } from '../../contract/types.js';

/** What a profiling page takes in its query. */
export interface QueryRules {
  /** Where the page watches for a while: how long when nothing is said, and at most. */
  readonly seconds: { readonly fallback: number; readonly limit: number } | null;
  /** Whether there are workers to choose from. */
  readonly takesWorker: boolean;
}

export interface ProfileQuery {
  readonly seconds: number;
  readonly worker: number | undefined;
}

/** Decimal, without the other notations that `Number` reads. */
const POSITIVE_INTEGER = /^[1-9][0-9]{0,5}$/;
/** Workers are counted from 0. */
const WORKER = /^(?:0|[1-9][0-9]{0,5})$/;

/**
 * Reads the query of a profiling page.
 *
 * @param query - as it was sent
 * @param rules - what the page takes
 * @returns the parameters, or every fault
 */
export function readProfileQuery(
  query: URLSearchParams,
  { seconds, takesWorker }: QueryRules,
): ProfileQuery | RequestError[] {
  const known = new Set([...(seconds ? ['seconds'] : []), ...(takesWorker ? ['worker'] : [])]);
  const faults: RequestError[] = [];
  for (const name of new Set(query.keys())) {
    const pointer = `/query/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!known.has(name)) faults.push({ pointer, detail: 'is not a parameter of this page' });
    else if (query.getAll(name).length > 1) faults.push({ pointer, detail: 'is given more than once' });
  }
  const asked = seconds ? query.get('seconds') : null;
  if (seconds && asked !== null && !(POSITIVE_INTEGER.test(asked) && Number(asked) <= seconds.limit)) {
    faults.push({ pointer: '/query/seconds', detail: `must be an integer from 1 to ${seconds.limit}` });
  }
  const worker = takesWorker ? query.get('worker') : null;
  if (worker !== null && !WORKER.test(worker)) {
    faults.push({ pointer: '/query/worker', detail: 'must be the number of a worker' });
  }
  if (faults.length > 0) return faults;
  return {
    seconds: asked === null ? (seconds?.fallback ?? 0) : Number(asked),
    worker: worker === null ? undefined : Number(worker),
  };
}
