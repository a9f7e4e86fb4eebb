import type { Curve } from '../growth/curve.js';
import type { Growth } from '../growth/growth.js';
import type { Plot } from './plots.js';
import { lineChart } from './svg.js';

/** Cost against size, a plot for each part that was measured. */
export function growthPlots({ payload, connections, memory, sqlite, postgres }: Growth): readonly Plot[] {
  const plots: Plot[] = [];
  if (payload !== null) {
    plots.push(
      cpuPlot('growth-payload-get.svg', 'get by size of the payment', 'bytes', bytes, payload.get),
      cpuPlot('growth-payload-create.svg', 'create by size of the payment', 'bytes', bytes, payload.create),
    );
  }
  if (connections !== null) {
    const title = 'get by number of connections: requests per second';
    const axes = { xLabel: 'connections', yLabel: 'requests/s', formatX: String };
    const lines = connections.map(({ name, points }) => ({
      label: name,
      points: points.map(({ size, requestsPerSecond }) => ({ x: size, y: requestsPerSecond })),
    }));
    const svg = lineChart({ title, ...axes, isXLogarithmic: true, isYLogarithmic: false }, lines);
    plots.push({ file: 'growth-connections.svg', title, svg });
  }
  for (const [title, file, rows] of [
    ['SQLite', 'sqlite', sqlite],
    ['Postgres', 'postgres', postgres],
  ] as const) {
    if (rows === null) continue;
    plots.push(
      cpuPlot(`growth-${file}-rows.svg`, `${title}: cost by payments stored`, 'payments', count, rows.byRows),
      timePlot(`growth-${file}-depth.svg`, `${title}: time of a page by its depth`, rows.byDepth),
    );
  }
  if (memory !== null) {
    const title = 'memory over requests (gets, updates, lists)';
    const axes = { xLabel: 'requests so far', yLabel: 'MiB', formatX: count };
    const svg = lineChart({ title, ...axes, isXLogarithmic: false, isYLogarithmic: false }, [
      { label: 'resident', points: memory.map(({ requests, residentMiB }) => ({ x: requests, y: residentMiB })) },
      {
        label: 'JavaScript heap',
        points: memory.map(({ requests, heapUsedMiB }) => ({ x: requests, y: heapUsedMiB })),
      },
    ]);
    plots.push({ file: 'growth-memory.svg', title, svg });
  }
  return plots;
}

function cpuPlot(
  file: string,
  title: string,
  xLabel: string,
  formatX: (x: number) => string,
  curves: readonly Curve[],
): Plot {
  const lines = curves.map(({ name, points }) => ({
    label: name,
    points: points.map(({ size, serverCpuMicros }) => ({ x: size, y: serverCpuMicros })),
  }));
  const axes = { xLabel, yLabel: 'server CPU, µs a request', formatX };
  return { file, title, svg: lineChart({ title, ...axes, isXLogarithmic: true, isYLogarithmic: true }, lines) };
}

/** Over the first page, whose depth of none a logarithmic axis has no place for, so it is drawn at one. */
function timePlot(file: string, title: string, curves: readonly Curve[]): Plot {
  const lines = curves.map(({ name, points }) => ({
    label: name,
    points: points.map(({ size, timeRatio }) => ({ x: Math.max(1, size), y: timeRatio.median })),
  }));
  const axes = { xLabel: 'payments before the page', yLabel: 'times the first page', formatX: count };
  return { file, title, svg: lineChart({ title, ...axes, isXLogarithmic: true, isYLogarithmic: true }, lines) };
}

function bytes(x: number): string {
  return x >= 2 ** 20 ? `${x / 2 ** 20} MiB` : `${x / 1024} KiB`;
}

function count(x: number): string {
  if (x >= 1e6) return `${Math.round(x / 1e5) / 10} M`;
  if (x >= 999_500) return '1 M';
  return x >= 1000 ? `${Math.round(x / 1000)} k` : String(x);
}
