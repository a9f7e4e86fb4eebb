import { type Curve, growthTurns } from '../growth/curve.js';
import type { RowsGrowth } from '../growth/growth.js';
import type { MemorySample } from '../growth/memory.js';
import type { Results } from '../run.js';
import { growthPlots, nameOf } from './growth-plots.js';
import { failures, machineList, picture, table } from './parts.js';
import { format } from './svg.js';

/** docs/growth.md: cost by size. */
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

Payments from 1 KiB to 1 MiB, SQLite in memory. The plots also show Fastify.

### get

${plot('growth-payload-get.svg')}

${curveTable('bytes', payload.get.slice(0, 2))}

### create

${plot('growth-payload-create.svg')}

${curveTable('bytes', payload.create.slice(0, 2))}
`,
    connections === null
      ? ''
      : `## Connections

Gets, SQLite in memory. Shed requests do not count; the peers queue everything.

${plot('growth-connections.svg')}

${curveTable('connections', connections.slice(0, 2))}
`,
    sqlite === null ? '' : rowsSection('SQLite', 'sqlite', sqlite, plot),
    postgres === null ? '' : rowsSection('Postgres', 'postgres', postgres, plot),
    memory === null ? '' : memorySection(memory, plot('growth-memory.svg')),
  ];
  return `# Growth

Cost against size. Written by \`npm run bench -- --growth\` from one run; do not edit. The servers are those of
[benchmarks.md](benchmarks.md).

${machineList(results)}

Each point is the median of ${rounds} interleaved turns of ${seconds} s, over ${options.connections} keep-alive connections unless stated otherwise. Cells
have requests/s, and the time per request relative to the first size. Sizes are measured minutes apart: compare a column only with its first row.
With payments stored, gets read up to 100,000 of them, updates change 1,024 others, and creates use scattered ids. A page has 20 payments of the largest
table; by offset (\`from\`) over 2 connections.

${failures(results)}${sections.filter((section) => section !== '').join('\n')}`;
}

function rowsSection(
  title: string,
  file: string,
  { byRows, byDepth }: RowsGrowth,
  plot: (file: string) => string,
): string {
  return `## Payments stored, ${title}

${plot(`growth-${file}-rows.svg`)}

${curveTable('payments', byRows)}

### Depth of a page, ${title}

${plot(`growth-${file}-depth.svg`)}

${curveTable('payments before', byDepth)}
`;
}

function memorySection(memory: readonly MemorySample[], plot: string): string {
  const third = memory[Math.floor(memory.length / 3)];
  const last = memory.at(-1);
  return `## Memory

Gets, updates and lists in turn, ${count(last?.requests)} requests, SQLite file.

${plot}

| after requests | resident MiB | JavaScript heap MiB |
| --- | --- | --- |
| ${count(third?.requests)} | ${format(third?.residentMiB ?? Number.NaN)} | ${format(third?.heapUsedMiB ?? Number.NaN)} |
| ${count(last?.requests)} | ${format(last?.residentMiB ?? Number.NaN)} | ${format(last?.heapUsedMiB ?? Number.NaN)} |
`;
}

function count(requests: number | undefined): string {
  return requests === undefined ? '–' : requests.toLocaleString('en');
}

function curveTable(size: string, curves: readonly Curve[]): string {
  const sizes = curves[0]?.points.map((point) => point.size) ?? [];
  const rows = sizes.map((each, index) => {
    const cells = curves.map(({ points }) => {
      const point = points[index];
      if (point === undefined) return '–';
      const { requestsPerSecond, timeRatio, shedShare } = point;
      const shed = shedShare > 0 ? `, ${format(shedShare * 100)} % shed` : '';
      return `${format(requestsPerSecond)} (${timeRatio.median.toFixed(2)}×${shed})`;
    });
    return [each.toLocaleString('en'), ...cells];
  });
  return table([size, ...curves.map(nameOf)], rows);
}
