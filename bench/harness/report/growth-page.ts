import { type Curve, growthTurns } from '../growth/curve.js';
import type { RowsGrowth } from '../growth/growth.js';
import { type MemorySample, slopeMiBPerMillion } from '../growth/memory.js';
import type { Results } from '../run.js';
import { growthPlots } from './growth-plots.js';
import { failures, generatorShare, machineTable, picture, table } from './parts.js';
import { format } from './svg.js';

/** docs/growth.md: cost against size. */
export function growthPage(results: Results): string {
  const { growth, options } = results;
  if (growth === null) throw new TypeError('this run measured no growth');
  const { payload, connections, memory, sqlite, postgres } = growth;
  const { rounds, seconds } = growthTurns(options);
  const plots = new Map(growthPlots(growth).map((plot) => [plot.file, picture(plot)]));
  const plot = (file: string) => plots.get(file) ?? '';
  const sections = [
    payload === null
      ? ''
      : `## Payload

Gets and creates of payments from 1 KiB to 1 MiB, SQLite in memory. At each size the servers take turns.

### get

${plot('growth-payload-get.svg')}

${curveTable('bytes', payload.get)}

### create

${plot('growth-payload-create.svg')}

${curveTable('bytes', payload.create)}
`,
    connections === null
      ? ''
      : `## Connections

Gets, SQLite in memory; for each server the numbers of connections take turns. The service refuses with 503 what would
only stand in a queue, its peers let everybody wait; a share that was refused is named, and not counted as served.

${plot('growth-connections.svg')}

${curveTable('connections', connections)}
`,
    sqlite === null ? '' : rowsSection('SQLite', 'sqlite', sqlite, plot),
    postgres === null ? '' : rowsSection('Postgres', 'postgres', postgres, plot),
    memory === null ? '' : memorySection(memory, plot('growth-memory.svg')),
  ];
  return `# Growth

Cost against size. Written by \`npm run bench -- --growth\` from one run's own data; edit nothing here. What is compared is
described in [benchmarks.md](benchmarks.md).

${machineTable(results)}

${failures(results)}Each point is the median of ${rounds} interleaved turns of ${seconds} s, over ${options.connections} keep-alive connections where nothing else
is said. Cells hold requests/s, µs of the server's CPU a request, and behind them the time of a request over that at
the first size, round by round. A generator share in bold means that the load generator may have been the limit.

${sections.filter((section) => section !== '').join('\n')}`;
}

function rowsSection(
  title: string,
  file: string,
  { byRows, byDepth }: RowsGrowth,
  plot: (file: string) => string,
): string {
  return `## Payments stored, ${title}

A table of its own for each size, all of them there at once, taking turns. Each turn of gets reads up to 100,000 payments
spread over the table, each turn of updates changes 1,024 others. Creates add payments whose ids lie scattered; up to
100,000 stored they are taken away again after each turn.

${plot(`growth-${file}-rows.svg`)}

${curveTable('payments', byRows)}

### Depth of a page, ${title}

A page of 20 of the greatest table, over the payments before it. By cursor, as the links of a walk lead, and by offset
(\`from\`), which the service takes from who asks for it.

${plot(`growth-${file}-depth.svg`)}

${curveTable('payments before', byDepth)}
`;
}

function memorySection(memory: readonly MemorySample[], plot: string): string {
  const third = memory[Math.floor(memory.length / 3)];
  const last = memory.at(-1);
  const slope = slopeMiBPerMillion(memory);
  return `## Memory

Gets, updates and lists in turn over ${count(last?.requests)} requests, SQLite in memory; none of them adds a payment.

${plot}

| after requests | resident MiB | JavaScript heap MiB |
| --- | --- | --- |
| ${count(third?.requests)} | ${format(third?.residentMiB ?? Number.NaN)} | ${format(third?.heapUsedMiB ?? Number.NaN)} |
| ${count(last?.requests)} | ${format(last?.residentMiB ?? Number.NaN)} | ${format(last?.heapUsedMiB ?? Number.NaN)} |

From a third of the run on the resident set changed by ${slope.toFixed(1)} MiB for each million requests (least squares).
`;
}

function count(requests: number | undefined): string {
  return requests === undefined ? '–' : requests.toLocaleString('en');
}

function curveTable(size: string, curves: readonly Curve[]): string {
  const sizes = curves[0]?.points.map((point) => point.size) ?? [];
  const rows = sizes.map((each, index) => {
    const shares = curves.map(({ points }) => points[index]?.generatorCpuShare ?? 0);
    const cells = curves.map(({ points }) => {
      const point = points[index];
      if (point === undefined) return '–';
      const { requestsPerSecond, serverCpuMicros, timeRatio, refusedShare } = point;
      const refused = refusedShare > 0 ? ` (${format(refusedShare * 100)} % refused)` : '';
      return `${format(requestsPerSecond)} · ${format(serverCpuMicros)} · ${timeRatio.median.toFixed(2)}×${refused}`;
    });
    return [each.toLocaleString('en'), ...cells, generatorShare(Math.max(...shares))];
  });
  return table([size, ...curves.map(({ name }) => name), 'generator'], rows);
}
