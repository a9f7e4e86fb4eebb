import type { WorkFigures } from '../compare.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import type { Starts } from '../start.js';
import { pairedRatio } from '../stats.js';
import { judge, times } from '../targets.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { failures, LIMITING_SHARE, machineTable, picture, table } from './parts.js';
import { workPlots } from './plots.js';
import { format } from './svg.js';

/** docs/benchmarks.md: the service and its peers. */
export function comparisonPage(results: Results): string {
  const works = Object.entries(results.works).flatMap(([name, figures]) =>
    isComparedWork(name) ? [workSection(name, figures)] : [],
  );
  return `# Benchmarks

Written by \`npm run bench\` from the data of one run; do not edit. Cost against size is in [growth.md](growth.md),
what the change log costs in [performance.md](performance.md#what-the-change-log-costs).

All servers run on one machine, on equally durable databases: SQLite in write-ahead mode with \`synchronous=FULL\`, Postgres with \`fsync\` and
\`synchronous_commit\` on. All but "node:http without features" have the same duties, which are tested first: validate requests, write a JSON access log line, keep a Prometheus histogram
by method, route and status, limit the rate of a client, and send a request id. The service does more: deadlines, a circuit
breaker, exact numbers, and all the contract says about unusual requests.

${machineTable(results)}

## Targets

${targetsTable(results)}

${failures(results)}
## How it is measured

- Over ${results.options.connections} keep-alive connections (16 for payments of 1 MiB) servers take turns, up to ${results.options.rounds} rounds of ${results.options.seconds} s each. Figures are medians.
- Ratios are computed within a round, because the machine's speed drifts. Quartiles are in parentheses.
- The load comes from ${results.options.usesWrk ? 'wrk, with one thread; latency is measured by ' : ''}the repository's own generator. ${generatorNote(results)}
- The generator checks each response for its status and the payment${results.options.usesWrk ? ', wrk for its status' : ''}. One wrong response fails the measurement.
- CPU is the server's user and system time per request, workers included. If it differs less than the throughput, the database was the limit.
- Latency is measured in an open loop at 60 % of the slowest server's throughput, from the moment a request is due, in 5 interleaved rounds of 2 s; a
  percentile is the median of the rounds. On Postgres, which has no separate core, requests are due in bursts, once a millisecond.
- Memory is the peak resident set (VmHWM), SQLite in memory included, so a server that creates more uses more.
- All servers use the service's versions of the packages they share with it, do not compress, and write the access log to \`/dev/null\`. Fastify as taught writes
  two lines per request, Fastify tuned one. Payments are about 900 bytes of JSON, unless the title says otherwise.
- A start is measured from spawning the process to a 200 on \`/health\`, unpinned, ${results.options.starts} interleaved starts of each server.

${quickNote(results)}## Results

${works.join('\n')}
${comparisonWithGo(results)}
${ownWorks(results)}
${starts(results.starts)}`;
}

/** Names the rows for which the load generator may have been the bottleneck. */
function generatorNote({ works }: Results): string {
  const shares = Object.entries(works).flatMap(([work, { servers }]) =>
    Object.entries(servers).map(([server, seen]) => ({ name: `${work} of ${server}`, share: seen.generatorCpuShare })),
  );
  const limiting = shares.filter(({ share }) => share > LIMITING_SHARE).map(({ name }) => name);
  if (limiting.length > 0)
    return `**It may have limited** ${limiting.join(', ')}, where it used more than 90 % of its core.`;
  const most = Math.max(...shares.map(({ share }) => share).filter(Number.isFinite));
  return Number.isFinite(most) ? `It used at most ${Math.round(100 * most)} % of its core.` : '';
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

function workSection(name: keyof typeof COMPARED_WORKS, figures: WorkFigures): string {
  const { servers, latencyRate } = figures;
  const own = servers.service?.rounds;
  const rows = Object.entries(servers).flatMap(([server, seen]) => {
    if (!isServerName(server)) return [];
    const { requestsPerSecond, rounds, serverCpuMicros, latencyMs, peakMemoryMiB } = seen;
    return [
      [
        SERVERS[server].title,
        format(requestsPerSecond),
        own === undefined || server === 'service' ? '–' : times(pairedRatio(own, rounds)),
        format(serverCpuMicros),
        latencyMs === null
          ? '–'
          : [latencyMs.p50, latencyMs.p99, latencyMs.p999].map((ms) => ms.toFixed(2)).join(' / '),
        format(peakMemoryMiB),
      ],
    ];
  });
  const rate = latencyRate === null ? '' : ` at ${latencyRate.toLocaleString('en')}/s`;
  const heads = ['server', 'requests/s', 'service is', 'CPU µs', `p50 / p99 / p99.9 ms${rate}`, 'peak MiB'];
  const { title } = COMPARED_WORKS[name];
  const plots = workPlots(name, figures).map(picture);
  return `### ${title}\n\n${table(heads, rows)}\n\n${plots.join('\n\n')}\n`;
}

/** The works in which the peer in Go is faster, and those in which it is not. */
function comparisonWithGo({ works }: Results): string {
  const rows = Object.entries(works).flatMap(([name, { servers }]) => {
    const { service, go } = servers;
    if (service === undefined || go === undefined || !isComparedWork(name)) return [];
    const ratio = pairedRatio(go.rounds, service.rounds);
    const { title } = COMPARED_WORKS[name];
    return [{ title, ratio, memory: go.peakMemoryMiB / service.peakMemoryMiB }];
  });
  if (rows.length === 0) return '';
  const named = (ahead: typeof rows) =>
    ahead.length === rows.length ? 'all' : ahead.map(({ title }) => title).join('; ') || 'none';
  const cells = rows.map(({ title, ratio, memory }) => [title, times(ratio), `${memory.toFixed(2)}×`]);
  return `### Compared with Go

Go serves more requests/s in: ${named(rows.filter(({ ratio }) => ratio.median > 1))}. It needs less peak memory in: ${named(rows.filter(({ memory }) => memory < 1))}.

${table(['work', 'requests/s of Go', 'memory of Go'], cells)}
`;
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
