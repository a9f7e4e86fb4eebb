import type { AnyReply, RequestError } from '../../contract/types.js';
import type { Page } from '../../http/pages/pages.js';
import { problem } from '../../http/problems.js';
import { openSnapshot } from './local-profiler.js';
import type { ProfileKind, ProfileOptions, ProfileResult } from './profile.js';

export interface ProfilingOptions {
  /** The name of the service, which the files are named after. */
  readonly service: string;
  /** Takes a profile, in the worker with this number or in whichever process got the request. */
  readonly runOn: (worker: number | undefined, kind: ProfileKind, options: ProfileOptions) => Promise<ProfileResult>;
  /** The longest profile; see `profileSecondsLimit`. */
  readonly maxSeconds: number;
  /** The numbers of the workers; null where there is one process only. */
  readonly workers: readonly number[] | null;
}

const DEFAULT_SECONDS = 5;
const NO_STORE = { 'Cache-Control': 'no-store' };

/** The index has no script, no style and no picture. */
const INDEX_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const INVALID_QUERY = 'The query does not fit this page.';

/**
 * The pages behind `--profiling`: an index, CPU profiles and heap snapshots. Make them only where profiling is on; what
 * they need is loaded when a profile is asked for.
 *
 * @param options - who takes the profiles, within which bounds
 * @returns pages by path, for the page router
 */
export function profilingPages(options: ProfilingOptions): Record<string, Page> {
  return {
    '/profiling/': async () => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: { ...NO_STORE, 'Content-Security-Policy': INDEX_POLICY },
      body: indexHtml(options),
    }),
    '/profiling/cpu': ({ query }) => profileReply('cpu', query, options),
    '/profiling/heap': ({ query }) => profileReply('heap', query, options),
  };
}

async function profileReply(kind: ProfileKind, query: URLSearchParams, options: ProfilingOptions): Promise<AnyReply> {
  const { service, runOn, maxSeconds, workers } = options;
  const errors = queryErrors(kind, query, options);
  if (errors.length > 0) return problem('validation_failed', INVALID_QUERY, errors);
  const worker = query.get('worker') ?? undefined;
  const seconds = Number(query.get('seconds') ?? Math.min(DEFAULT_SECONDS, maxSeconds));

  const result = await runOn(worker === undefined ? undefined : Number(worker), kind, { seconds });
  const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  const name = `${service}-${kind}${worker === undefined ? '' : `-worker-${worker}`}-${time}`;
  const headers = {
    ...NO_STORE,
    'Content-Disposition': `attachment; filename="${name}.${kind}${kind === 'cpu' ? 'profile' : 'snapshot'}"`,
  };
  switch (result.outcome) {
    case 'busy':
      return problem('overloaded', `One profile at a time: ${result.running} is being taken. Try again later.`);
    case 'no_such_worker': {
      const detail = `must be the number of a worker: ${workers?.join(', ')}`;
      return problem('validation_failed', INVALID_QUERY, [{ pointer: '/query/worker', detail }]);
    }
    case 'text':
      return { status: 200, headers, body: result.text };
    case 'file': {
      const { content, bytes } = await openSnapshot(result.path);
      return { status: 200, headers: { ...headers, 'Content-Length': String(bytes) }, body: content };
    }
  }
}

/** Every error in the query of a page; numbers are decimal, without the other notations that `Number` reads. */
function queryErrors(
  kind: ProfileKind,
  query: URLSearchParams,
  { maxSeconds, workers }: ProfilingOptions,
): RequestError[] {
  const errors: RequestError[] = [];
  for (const name of new Set(query.keys())) {
    const pointer = `/query/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const values = query.getAll(name);
    const [value = ''] = values;
    const isSeconds = name === 'seconds' && kind === 'cpu';
    const isWorker = name === 'worker' && workers !== null;
    if (!isSeconds && !isWorker) errors.push({ pointer, detail: 'is not a parameter of this page' });
    else if (values.length > 1) errors.push({ pointer, detail: 'is given more than once' });
    else if (isSeconds && !(/^[1-9]\d{0,5}$/.test(value) && Number(value) <= maxSeconds))
      errors.push({ pointer, detail: `must be an integer from 1 to ${maxSeconds}` });
    else if (isWorker && !/^(?:0|[1-9]\d{0,5})$/.test(value))
      errors.push({ pointer, detail: 'must be the number of a worker' });
  }
  return errors;
}

/** Plain HTML, whose forms need no script. */
function indexHtml({ service, maxSeconds, workers }: ProfilingOptions): string {
  const options = workers?.map((worker) => `<option>${worker}</option>`).join('');
  const workerField = workers ? `<label>worker <select name="worker">${options}</select></label> ` : '';
  const value = Math.min(DEFAULT_SECONDS, maxSeconds);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Profiling · ${service}</title>
</head>
<body>
<h1>Profiling</h1>
<p>One profile at a time in each process. DevTools opens with F12 in Chrome or Chromium.</p>
<h2><a href="cpu">CPU profile</a></h2>
<p>Where the time goes: every function by the time spent in it, as a flame chart, for at most ${maxSeconds} seconds.</p>
<p>To open it: Chrome DevTools, Performance panel, Load profile (the arrow pointing up).</p>
<form action="cpu"><label>seconds <input type="number" name="seconds" min="1" max="${maxSeconds}" value="${value}" required></label>
${workerField}<button>Take it</button></form>

<h2><a href="heap">Heap snapshot</a></h2>
<p>Every object in memory and what keeps it there. The process does nothing else while it is taken (ten seconds where
130 MB are in use), and V8 needs several times the heap’s size for it, so that a container’s memory limit may end the
process. The file holds everything in memory, clients’ data and passwords included: treat it like the database itself.</p>
<p>To open it: Chrome DevTools, Memory panel, Load profile; two snapshots can be compared.</p>
<form action="heap">${workerField}<button>Take it</button></form>
</body>
</html>
`;
}
