import type { WorkFigures } from '../compare.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import type { Starts } from '../start.js';
import { pairedRatio } from '../stats.js';
import { judge, times } from '../targets.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { failures, generatorShare, machineTable, picture, table } from './parts.js';
import { format } from './svg.js';

/** docs/benchmarks.md: the service beside its peers. */
export function comparisonPage(results: Results): string {
  const works = Object.entries(results.works).flatMap(([name, figures]) =>
    isComparedWork(name) ? [workSection(name, figures)] : [],
  );
  return `# Benchmarks

Written by \`npm run bench\` from the data of one run; do not edit. All servers run on one machine and do the same work: they validate requests, write a JSON
access log line, keep a Prometheus histogram by method, route and status, apply a rate limit per client address, and send a request id. The floor
alone has the database and none of these features. The databases are the same, and equally durable: SQLite in write-ahead mode with
\`synchronous=FULL\`, Postgres with \`fsync\` and \`synchronous_commit\` on. Each server is tested for these duties before it is measured. A run of its own
measures how cost grows with size ([growth.md](growth.md)).

${machineTable(results)}

The figures are of the commit in the last row.

## Targets

${targetsTable(results)}

${failures(results)}
## How it is measured

- ${results.options.connections} keep-alive connections. Servers take turns, up to ${results.options.rounds} rounds of ${results.options.seconds} s each; figures are medians over the rounds.
- A ratio is computed per round, from two servers measured seconds apart, because the machine's speed drifts. The median ratio is quoted, with
  quartiles in parentheses.
- The load comes from ${results.options.usesWrk ? 'wrk, with one thread, which checks statuses' : "the repository's own generator (`--wrk` uses wrk)"}.
- Every response is checked for its status and the payment. One wrong response fails the measurement.
- CPU is the server's user and system time per request, all threads and workers included. If it differs less than the throughput, the database was
  the limit.
- Latency is measured in an open loop at one rate for all: 60 % of the slowest server's throughput. It counts from when a request was due, so a pause affects
  every request due in it. On Postgres requests are due in bursts, once a millisecond, because the load generator has no core of its own.
- Memory is the peak resident set (VmHWM). SQLite in memory is part of it, so a server that creates more uses more.
- "Generator" is the largest share of its core that the load generator used. Above 90 % it is in bold, because the generator may have been the limit.
- All servers use the service's versions of better-sqlite3, pg, prom-client and Koa. Standard output, with the access log, goes to \`/dev/null\`. Each
  response is one write to its socket, as seen with strace.
- No server compresses, except in the row "\`--compress\` on": the cost of that setting for clients that do not ask for compression.
  It is off by default; \`config/production.json\` switches it on.
- Payments are about 900 bytes of JSON. Fastify's documented request logging writes two lines per request; the tuned variant writes one.
- A start is measured from spawning the process to a 200 on \`/health\`, unpinned, ${results.options.starts} starts of each server in turns.
- The service does more than its peers: deadlines, a circuit breaker, exact numbers, and all the contract says about unusual requests.

${quickNote(results)}## Results

${works.join('\n')}
${ownWorks(results)}
${starts(results.starts)}`;
}

function quickNote({ options }: Results): string {
  if (!options.isSparing) return '';
  return `This was a quick run: only the peers that targets name, and servers kept running between measurements, so memory left by one is in the
figures of the next.\n\n`;
}

function targetsTable(results: Results): string {
  const rows = judge(results).map(({ work, against, target, measured, cpu, outcome }) => [
    work,
    against,
    target,
    measured,
    cpu === '' ? '–' : cpu,
    outcome === 'met' ? outcome : `**${outcome}**`,
  ]);
  return table(['work', 'against', 'target', 'measured', 'by CPU per request', ''], rows);
}

function workSection(name: keyof typeof COMPARED_WORKS, { servers, latencyRate }: WorkFigures): string {
  const own = servers.service?.rounds;
  const rows = Object.entries(servers).flatMap(([server, seen]) => {
    if (!isServerName(server)) return [];
    const { requestsPerSecond, rounds, serverCpuMicros, latencyMs, peakMemoryMiB, generatorCpuShare } = seen;
    return [
      [
        SERVERS[server].title,
        format(requestsPerSecond),
        `${format(Math.min(...rounds))}–${format(Math.max(...rounds))}`,
        own === undefined || server === 'service' ? '–' : times(pairedRatio(own, rounds)),
        format(serverCpuMicros),
        latencyMs === null
          ? '–'
          : [latencyMs.p50, latencyMs.p99, latencyMs.p999].map((ms) => ms.toFixed(2)).join(' / '),
        format(peakMemoryMiB),
        generatorShare(generatorCpuShare),
      ],
    ];
  });
  const rate = latencyRate === null ? '' : ` at ${latencyRate.toLocaleString('en')}/s`;
  const heads = [
    'server',
    'requests/s',
    'rounds',
    'service is',
    'CPU µs',
    `p50 / p99 / p99.9 ms${rate}`,
    'peak MiB',
    'generator',
  ];
  const { title } = COMPARED_WORKS[name];
  const plot = picture({ file: `${name}.svg`, title: title.replaceAll('`', '') });
  const latency = latencyRate === null ? '' : `\n\n${picture({ file: `${name}-latency.svg`, title: 'latency' })}`;
  return `### ${title}\n\n${table(heads, rows)}\n\n${plot}${latency}\n`;
}

function ownWorks({ twoWorkers, pageAtDepth }: Results): string {
  const rows: string[][] = [];
  if (twoWorkers !== null) {
    const { oneWorker, twoWorkers: two, ratio, connections } = twoWorkers;
    rows.push([
      `get, ${connections} connections: one worker, two`,
      format(oneWorker),
      format(two),
      `${times(ratio)} the rate`,
    ]);
  }
  if (pageAtDepth !== null) {
    const { depth, firstPage, deepPage, timeRatio } = pageAtDepth;
    const what = `page of 20: the first, by cursor after ${depth.toLocaleString('en')}`;
    rows.push([what, format(firstPage), format(deepPage), `${times(timeRatio)} the time`]);
  }
  if (rows.length === 0) return '';
  const note = `Workers, load generator and log share the machine's cores, unpinned.`;
  return `### The service against itself, SQLite file\n\n${table(['work', 'requests/s', 'requests/s', ''], rows)}\n\n${note}\n`;
}

function starts(seen: Starts | null): string {
  if (seen === null) return '';
  const rows = Object.entries(seen).flatMap(([name, { median, low, high }]) =>
    isServerName(name) ? [[SERVERS[name].title, format(median), `${format(low)}–${format(high)}`]] : [],
  );
  return `### From the start of the process to the first response, SQLite in memory\n\n${table(['server', 'ms', 'middle half'], rows)}\n`;
}
