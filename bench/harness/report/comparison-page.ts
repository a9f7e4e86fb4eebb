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

Written by \`npm run bench\` from one run's own data; edit nothing here. All servers run side by side on one machine and do
the same, except for the floor, which has the database and no feature at all. The others validate requests by the contract, write a JSON line for each request to the access log, keep a Prometheus
histogram by method, route and status, count a rate limit for each client address, and give every answer a request id. They
have the same database with the same durability: SQLite in write-ahead mode with \`synchronous=FULL\`, Postgres with \`fsync\` and
\`synchronous_commit\` on. Before anything is measured each of them is held to these duties. How cost grows with size is
measured by a run of its own ([growth.md](growth.md)).

${machineTable(results)}

## Targets

${targetsTable(results)}

${failures(results)}
## How it is measured

- Keep-alive connections: ${results.options.connections}. Servers take turns, up to ${results.options.rounds} rounds of ${results.options.seconds} s each; figures are medians over the rounds.
- A ratio is computed within each round, from two servers measured seconds apart, since the machine's speed drifts; the
  median of these ratios is quoted, with their middle half (quartiles) in parentheses.
- The load came from ${results.options.usesWrk ? 'wrk, with one thread; it checks statuses' : "the repository's own generator (`--wrk` lets wrk make it)"}.
- Every response is checked: its status, and that it holds the payment asked for. One wrong response fails the work.
- CPU is the server's user and system time for each request, all its threads and workers included. Where it differs less
  than the throughput does, the database was the limit and not the server.
- Latency is measured in an open loop at one rate for all, 60 % of what the slowest did: requests are due by a schedule that
  does not wait for answers, and latency counts from when a request was due, so that a pause is felt by all the requests
  that fall into it. On Postgres requests are due in bursts, once a millisecond, where the load generator has no core of
  its own.
- Memory is the peak of the resident set (VmHWM); SQLite in memory is part of it, so whoever creates more has more.
- "Generator" is the share of its core that the load generator used at most. Well below 100 % it was not what limited;
  above 90 % it is in bold.
- All servers use the same better-sqlite3, pg, prom-client and Koa, those of the service; their standard output, with the
  access log, goes to \`/dev/null\`. Each answer is one write to its socket, as seen with strace.
- No peer compresses, so the service does not either; that is its default, but not that of its \`config/production.json\`.
  The row "\`--compress\` on" shows what that setting costs where the client does not ask for compression, as here.
- Payments are about 900 bytes of JSON. Fastify's own request logging, as its documentation has it, writes two lines a
  request; the tuned variant writes one.
- A start is measured from spawning the process to a 200 on \`/health\`, nothing pinned, ${results.options.starts} starts of each server in turns.
- The service does more than its peers while it is measured: deadlines, a circuit breaker, exact numbers, and all
  that the contract says of odd requests.

${quickNote(results)}## Results

${works.join('\n')}
${ownWorks(results)}
${starts(results.starts)}`;
}

function quickNote({ options }: Results): string {
  if (!options.isSparing) return '';
  return `This was a quick run: only the peers that targets name, and servers kept from work to work, so that what one work left
in memory is in the figures of the next.\n\n`;
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
  return table(['work', 'against', 'target', 'measured', 'by CPU a request', ''], rows);
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
    const what = `page of 20: the first, by cursor behind ${depth.toLocaleString('en')}`;
    rows.push([what, format(firstPage), format(deepPage), `${times(timeRatio)} the time`]);
  }
  if (rows.length === 0) return '';
  const note = `The two workers, the load generator and the log share the cores of the machine, unpinned.`;
  return `### The service against itself, SQLite file\n\n${table(['work', 'requests/s', 'requests/s', ''], rows)}\n\n${note}\n`;
}

function starts(seen: Starts | null): string {
  if (seen === null) return '';
  const rows = Object.entries(seen).flatMap(([name, { median, low, high }]) =>
    isServerName(name) ? [[SERVERS[name].title, format(median), `${format(low)}–${format(high)}`]] : [],
  );
  return `### From the start of the process to the first answer, SQLite in memory\n\n${table(['server', 'ms', 'middle half'], rows)}\n`;
}
