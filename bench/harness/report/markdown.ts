import type { WorkFigures } from '../compare.js';
import type { Curve, Growth } from '../growth.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import { judge } from '../targets.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { growthPlots, type Plot } from './plots.js';
import { format } from './svg.js';

/** The page without its growth part. */
export function comparisonPage(results: Results): string {
  const works = Object.entries(results.works).flatMap(([name, figures]) =>
    isComparedWork(name) ? [workSection(name, figures)] : [],
  );
  return `# Benchmarks

Written by \`npm run bench\` from one run's own data; edit nothing here. All servers run side by side on one machine and do
the same: they validate requests by the contract, write a JSON line for each request to the access log, keep a Prometheus
histogram by method, route and status, count a rate limit for each client address, and give every answer a request id. They
have the same database with the same durability: SQLite in write-ahead mode with \`synchronous=FULL\`, Postgres with \`fsync\` and
\`synchronous_commit\` on. Before anything is measured each of them is held to these duties.

${machineTable(results)}

## Targets

${targetsTable(results)}

${failures(results)}
## How it is measured

- Keep-alive connections: ${results.options.connections}. Servers take turns, ${results.options.rounds} rounds of ${results.options.seconds} s each; figures are medians over the rounds.
- Every response is checked: its status, and that it holds the payment asked for. One wrong response fails the work.
- CPU is the server's user and system time for each request, all its threads and workers included. Where it differs less
  than the throughput does, the database was the limit and not the server.
- Latency is measured in an open loop at one rate for all, 60 % of what the slowest did: requests are due by a schedule that
  does not wait for answers, and latency counts from when a request was due, so that a pause is felt by all the requests
  that fall into it. On Postgres requests are due in bursts, once a millisecond, where the load generator has no core of
  its own.
- Memory is the peak of the resident set (VmHWM); SQLite in memory is part of it, so whoever creates more has more.
- "Generator" is the share of its core that the load generator used at most. Well below 100 % it was not what limited.
- Payments are about 900 bytes of JSON. Fastify's own request logging, as its documentation has it, writes two lines a
  request; the tuned variant writes one.
- The service does more than its peers while it is measured: deadlines, a circuit breaker, exact numbers, and all
  that the contract says of odd requests.

## Results

${works.join('\n')}
${ownWorks(results)}`;
}

/** Cost against size, with a heading by which the next run finds it. */
export function growthSection(results: Results, growth: Growth, heading: string): string {
  const plots = growthPlots(growth).map(picture).join('\n\n');
  const unit = 'requests/s · µs of server CPU';
  const first = growth.memory[Math.floor(growth.memory.length / 4)]?.residentMiB ?? Number.NaN;
  const last = growth.memory.at(-1)?.residentMiB ?? Number.NaN;
  return `${heading}

Cost against size, of a run with \`--growth\` on ${results.machine.date} at commit \`${results.machine.commit}\` (${unit}).

${plots}

### Payload, get

${curveTable('bytes', growth.payloadGet)}

### Payload, create

${curveTable('bytes', growth.payloadCreate)}

### Connections, get

${curveTable('connections', growth.connections)}

### Payments stored, SQLite

${curveTable('payments', growth.sqliteRows)}

### Payments stored, Postgres

${curveTable('payments', growth.postgresRows)}

### Memory

After a quarter of ${format(growth.memory.at(-1)?.requests ?? Number.NaN)} requests the process held ${format(first)} MiB, at the end ${format(last)} MiB.
`;
}

function machineTable({ machine, cores, postgresVersion, options }: Results): string {
  const { packages } = machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const rows = [
    ['CPU', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
    ['System', machine.system],
    ['Node', machine.node],
    ['Postgres', postgresVersion ?? 'not part of this run'],
    ['Packages', versions.join(', ')],
    ['Pinning', cores],
    ['Date, commit', `${machine.date}, \`${machine.commit}\`${options.isQuick ? ', a quick run' : ''}`],
  ];
  return table(['', ''], rows);
}

function targetsTable(results: Results): string {
  const rows = judge(results).map(({ work, against, target, measured, cpuRatio, outcome }) => [
    work,
    against,
    target,
    `${measured.toFixed(2)}×`,
    Number.isNaN(cpuRatio) ? '–' : `${cpuRatio.toFixed(2)}×`,
    outcome === 'met' ? outcome : `**${outcome}**`,
  ]);
  return table(['work', 'against', 'target', 'measured', 'by CPU a request', ''], rows);
}

function failures({ failures: list }: Results): string {
  return list.length === 0 ? '' : `Not measured: ${list.map((failure) => `\n- ${failure}`).join('')}\n\n`;
}

function workSection(name: keyof typeof COMPARED_WORKS, { servers, latencyRate }: WorkFigures): string {
  const own = servers.service?.requestsPerSecond;
  const rows = Object.entries(servers).flatMap(([server, seen]) => {
    if (!isServerName(server)) return [];
    const { requestsPerSecond, rounds, serverCpuMicros, latencyMs, peakMemoryMiB, generatorCpuShare } = seen;
    return [
      [
        SERVERS[server].title,
        format(requestsPerSecond),
        `${format(Math.min(...rounds))}–${format(Math.max(...rounds))}`,
        own === undefined ? '–' : `${(own / requestsPerSecond).toFixed(2)}×`,
        format(serverCpuMicros),
        latencyMs === null
          ? '–'
          : [latencyMs.p50, latencyMs.p99, latencyMs.p999].map((ms) => ms.toFixed(2)).join(' / '),
        format(peakMemoryMiB),
        `${(generatorCpuShare * 100).toFixed(0)} %`,
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
  const plot = picture({ file: `${name}.svg`, title: title.replaceAll('`', ''), svg: '' });
  const latency =
    latencyRate === null ? '' : `\n\n${picture({ file: `${name}-latency.svg`, title: 'latency', svg: '' })}`;
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
      `${ratio.toFixed(2)}× the rate`,
    ]);
  }
  if (pageAtDepth !== null) {
    const { depth, firstPage, deepPage, timeRatio } = pageAtDepth;
    const what = `page of 20: the first, by cursor behind ${depth.toLocaleString('en')}`;
    rows.push([what, format(firstPage), format(deepPage), `${timeRatio.toFixed(2)}× the time`]);
  }
  if (rows.length === 0) return '';
  const note = `The two workers, the load generator and the log share the cores of the machine, unpinned.`;
  return `### The service against itself, SQLite file\n\n${table(['work', 'requests/s', 'requests/s', ''], rows)}\n\n${note}\n`;
}

function curveTable(size: string, curves: readonly Curve[]): string {
  const sizes = curves[0]?.points.map((point) => point.size) ?? [];
  const rows = sizes.map((each, index) => [
    each.toLocaleString('en'),
    ...curves.map(({ points }) => {
      const point = points[index];
      return point === undefined ? '–' : `${format(point.requestsPerSecond)} · ${format(point.serverCpuMicros)}`;
    }),
  ]);
  return table([size, ...curves.map(({ name }) => name)], rows);
}

function picture({ file, title }: Plot): string {
  return `![${title}](benchmarks/${file})`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
