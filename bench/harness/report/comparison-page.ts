import type { WorkFigures } from '../compare.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import type { Starts } from '../start.js';
import { pairedRatio } from '../stats.js';
import { judge, P99_COLUMN, times, type Verdict } from '../targets.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { failures, LIMITING_SHARE, machineList, picture, table } from './parts.js';
import { workPlots } from './plots.js';
import { format } from './svg.js';

/** docs/benchmarks.md: the service and its peers. */
export function comparisonPage(results: Results): string {
  const works = Object.entries(results.works).flatMap(([name, figures]) =>
    isComparedWork(name) ? [workSection(name, figures)] : [],
  );
  return `# Benchmarks

Written by \`npm run bench\` from one run; do not edit. [growth.md](growth.md) shows cost against size, [performance.md](performance.md) where the time goes.

All servers run on one machine, on equally durable databases: SQLite in write-ahead mode with \`synchronous=FULL\`, Postgres with \`fsync\` and
\`synchronous_commit\` on. All but bare node:http validate requests, write a JSON access log line, keep a Prometheus histogram
by method, route and status, limit the rate of a client, and send a request id; this is tested first. The service also has deadlines, a
circuit breaker, exact numbers, and defined responses to malformed requests.

${machineList(results)}

## Targets

${targetsTable(results)}

${failures(results)}
## How it is measured

- Servers take turns over ${results.options.connections} keep-alive connections (16 for payments of 1 MiB), in up to ${results.options.rounds} rounds of ${results.options.seconds} s each. Figures are medians, with
  quartiles in parentheses. Ratios are computed within a round, because the machine's speed drifts.
- The load comes from ${results.options.usesWrk ? 'wrk, with one thread, which checks the status; latency is measured by ' : ''}the repository's own generator, which checks the payment too. One wrong response fails the measurement.${generatorNote(results)}
- CPU is the server's time per request, workers included. If it differs less than the throughput, the database was the limit.
- Latency is measured in an open loop at 60 % of the slowest server's throughput, from the moment a request is due (medians of 5 interleaved rounds of 2 s${results.options.latencyWarmUpSeconds ? ', each\n  after a second of the same load that is not measured' : ''}). On Postgres,
  which has no separate core, requests are due in bursts, once a millisecond.
- Memory is the peak resident set (VmHWM), with the payments if SQLite is in memory.
- Servers use the same versions of packages, do not compress, and write the access log to \`/dev/null\`; Fastify as taught writes two lines per request.
- Payments are about 900 bytes of JSON, unless the title says otherwise. All requests for a list are equal, and
  [only the service shares their reads](decisions/0014-calls-that-arrive-together-share-work.md).
- Two workers, and starts until the first 200 on \`/health\` (${results.options.starts} of each server), are not pinned to a core.

${quickNote(results)}## Results

${withCompress(results)}${comparisonWithGo(results)}${works.join('\n')}
${starts(results.starts)}`;
}

/** Names the rows for which the load generator may have been the bottleneck. */
function generatorNote({ works }: Results): string {
  const shares = Object.entries(works).flatMap(([work, { servers }]) =>
    Object.entries(servers).map(([server, seen]) => ({ name: `${work} of ${server}`, share: seen.generatorCpuShare })),
  );
  const limiting = shares.filter(({ share }) => share > LIMITING_SHARE).map(({ name }) => name);
  if (limiting.length > 0)
    return ` **It may have limited** ${limiting.join(', ')}, where it used more than 90 % of its core.`;
  const most = Math.max(...shares.map(({ share }) => share).filter(Number.isFinite));
  return Number.isFinite(most) ? ` It used at most ${Math.round(100 * most)} % of its core.` : '';
}

function quickNote({ options }: Results): string {
  if (!options.isSparing) return '';
  return `This was a quick run: only the peers that targets name, and servers kept running between measurements, so memory left by one is in the
figures of the next.\n\n`;
}

/** A row for each work and a column for each peer, then the targets that have no peer. */
function targetsTable(results: Results): string {
  const verdicts = judge(results);
  const cell = (verdict: Verdict | undefined) => {
    if (verdict === undefined) return '';
    const { measured, isMet, target } = verdict;
    return `${isMet ? measured : `**${measured}**`}, ${target}`;
  };
  const peers = [SERVERS.fastify.title, SERVERS['fastify-tuned'].title, SERVERS.floor.title, P99_COLUMN];
  const works = [...new Set(verdicts.filter(({ against }) => peers.includes(against)).map(({ work }) => work))];
  const rows = works.map((work) => {
    const ofWork = verdicts.filter((verdict) => verdict.work === work);
    return [work, ...peers.map((peer) => cell(ofWork.find(({ against }) => against === peer)))];
  });
  const others = verdicts.filter(({ against }) => !peers.includes(against));
  const otherRows = others.map((verdict) => [verdict.work, verdict.against, cell(verdict)]);
  return `Cells have the ratio of throughputs (in the last column, of 99th percentiles), its quartiles and the target; bold ones are missed.

${table(['work', ...peers], rows)}

${table(['work', 'against', 'measured'], otherRows)}`;
}

function workSection(name: keyof typeof COMPARED_WORKS, figures: WorkFigures): string {
  const { servers, latencyRate } = figures;
  const own = servers.service?.rounds;
  const rows = Object.entries(servers).flatMap(([server, seen]) => {
    // One sentence has its rates: they hardly differ.
    if (!isServerName(server) || server === 'service-compress') return [];
    const { requestsPerSecond, rounds, serverCpuMicros, latencyMs, peakMemoryMiB } = seen;
    return [
      [
        SERVERS[server].title,
        format(requestsPerSecond),
        own === undefined || server === 'service' ? '–' : times(pairedRatio(own, rounds)),
        format(serverCpuMicros),
        latencyMs === null ? '–' : latencyMs.p99.toFixed(2),
        format(peakMemoryMiB),
      ],
    ];
  });
  const rate = latencyRate === null ? '' : ` at ${latencyRate.toLocaleString('en')}/s`;
  const heads = ['server', 'requests/s', 'service is', 'CPU µs', `p99 ms${rate}`, 'peak MiB'];
  const { title } = COMPARED_WORKS[name];
  const plots = workPlots(name, figures).map(picture);
  return `### ${title}\n\n${table(heads, rows)}\n\n${plots.join('\n\n')}\n`;
}

function withCompress({ works }: Results): string {
  const ratios = Object.values(works).flatMap(({ servers }) => {
    const [plain, compress] = [servers.service, servers['service-compress']];
    return plain && compress ? [pairedRatio(compress.rounds, plain.rounds).median] : [];
  });
  if (ratios.length === 0) return '';
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  return `With \`--compress\` the service reaches ${least} to ${most} times its rate without. No client asks for compression here.\n\n`;
}

/** The works in which the peer in Go is faster or takes less memory. */
function comparisonWithGo({ works }: Results): string {
  const rows = Object.entries(works).flatMap(([name, { servers }]) => {
    const { service, go } = servers;
    if (service === undefined || go === undefined || !isComparedWork(name)) return [];
    const { title } = COMPARED_WORKS[name];
    const isFaster = pairedRatio(go.rounds, service.rounds).median > 1;
    return [{ title, isFaster, isSmaller: go.peakMemoryMiB < service.peakMemoryMiB }];
  });
  if (rows.length === 0) return '';
  const named = (ahead: typeof rows) =>
    ahead.length === rows.length ? 'all' : ahead.map(({ title }) => title).join('; ') || 'none';
  const [faster, smaller] = [rows.filter(({ isFaster }) => isFaster), rows.filter(({ isSmaller }) => isSmaller)];
  return `Go serves more requests/s in: ${named(faster)}. It needs less peak memory in: ${named(smaller)}.\n\n`;
}

function starts(seen: Starts | null): string {
  if (seen === null) return '';
  const rows = Object.entries(seen).flatMap(([name, { median, low, high }]) =>
    isServerName(name) ? [[SERVERS[name].title, format(median), `${format(low)}–${format(high)}`]] : [],
  );
  return `### Start to first response, SQLite in memory\n\n${table(['server', 'ms', 'quartiles'], rows)}\n`;
}
