import type { Curve, Point } from '../growth/curve.js';
import type { Growth } from '../growth/growth.js';
import { type MemorySample, slopeMiBPerMillion } from '../growth/memory.js';
import type { Plot } from './plots.js';
import { type LineChartOptions, lineChart } from './svg.js';

/** Cost by size, with a plot for each measured part. */
export function growthPlots({ payload, connections, memory, sqlite, postgres }: Growth): readonly Plot[] {
  const plots: Plot[] = [];
  if (payload !== null) {
    plots.push(payloadPlot('get', payload.get), payloadPlot('create', payload.create));
  }
  if (connections !== null) plots.push(connectionsPlot(connections));
  for (const [title, file, rows] of [
    ['SQLite', 'sqlite', sqlite],
    ['Postgres', 'postgres', postgres],
  ] as const) {
    if (rows === null) continue;
    plots.push(rowsPlot(title, `growth-${file}-rows.svg`, rows.byRows));
    plots.push(depthPlot(title, `growth-${file}-depth.svg`, rows.byDepth));
  }
  if (memory !== null) plots.push(memoryPlot(memory));
  return plots;
}

function payloadPlot(work: string, curves: readonly Curve[]): Plot {
  const { first, last } = ends(curves[0]);
  const cpu = Math.round(last.cpuRatio.median);
  const title = `${work}: ${bytes(last.size)} takes ${cpu} times the CPU time of ${bytes(first.size)}`;
  const axes = { xLabel: 'size of the payment', yLabel: 'CPU time, µs', formatX: bytes, xBase: 4 };
  const subtitle = "the server's CPU time per request, µs; both axes are logarithmic";
  const options = { title, subtitle, ...axes, isYLogarithmic: true };
  return plot(`growth-payload-${work}.svg`, options, curves, ({ serverCpuMicros }) => serverCpuMicros);
}

function connectionsPlot(curves: readonly Curve[]): Plot {
  const { last } = ends(curves[0]);
  const best = Math.max(...(curves[0]?.points ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
  const share = Math.round((100 * last.requestsPerSecond) / best);
  const shed = last.shedShare > 0 ? `, and ${(100 * last.shedShare).toFixed(1)} % of requests are shed` : '';
  const title = `get: ${count(last.size)} connections get ${share} % of the highest rate${shed}`;
  const axes = { xLabel: 'connections', yLabel: 'requests/s', formatX: count, xBase: 10 };
  const options = { title, subtitle: 'requests/s', ...axes, isYLogarithmic: false };
  return plot('growth-connections.svg', options, curves, ({ requestsPerSecond }) => requestsPerSecond);
}

function rowsPlot(database: string, file: string, curves: readonly Curve[]): Plot {
  const { first, last } = ends(curves[0]);
  const ratio = last.timeRatio.median.toFixed(2);
  const title = `${database}: in ${count(last.size)} payments a get takes ${ratio} times as long as in ${count(first.size)}`;
  const axes = { xLabel: 'payments stored', yLabel: 'times the first size', formatX: count, xBase: 10 };
  const subtitle = 'time per request over that at the first size';
  const options = { title, subtitle, ...axes, isYLogarithmic: false };
  return plot(file, options, curves, ({ timeRatio }) => timeRatio.median);
}

function depthPlot(database: string, file: string, curves: readonly Curve[]): Plot {
  const ratios = curves.map((curve) => {
    const { median } = ends(curve).last.timeRatio;
    return `${median.toFixed(median < 10 ? 2 : 0)} × ${nameOf(curve)}`;
  });
  const title = `${database}: after ${count(ends(curves[0]).last.size)} payments, a page takes ${ratios.join(', ')}`;
  const axes = { xLabel: 'payments before the page', yLabel: 'times the first page', formatX: count, xBase: 10 };
  const subtitle = 'time of a page over that of the first page; both axes are logarithmic';
  const options = { title, subtitle, ...axes, isYLogarithmic: true };
  return plot(file, options, curves, ({ timeRatio }) => timeRatio.median);
}

function memoryPlot(memory: readonly MemorySample[]): Plot {
  const slope = slopeMiBPerMillion(memory).toFixed(1).replace('-', '−');
  const title = `Memory changes by ${slope} MiB per million requests`;
  const options = {
    title,
    subtitle: 'MiB over gets, updates and lists; the slope is that of the resident set after the first third',
    ...{ xLabel: 'requests so far', yLabel: 'MiB', formatX: count, xBase: null, isYLogarithmic: false },
  };
  const svg = lineChart(options, [
    { label: 'resident', points: memory.map(({ requests, residentMiB }) => ({ x: requests, y: residentMiB })) },
    { label: 'JavaScript heap', points: memory.map(({ requests, heapUsedMiB }) => ({ x: requests, y: heapUsedMiB })) },
  ]);
  return { file: 'growth-memory.svg', title, svg };
}

function plot(file: string, options: LineChartOptions, curves: readonly Curve[], y: (point: Point) => number): Plot {
  const lines = curves.map((curve) => ({
    label: nameOf(curve),
    // A logarithmic axis has no zero.
    points: curve.points.map((point) => ({ x: Math.max(1, point.size), y: y(point) })),
  }));
  return { file, title: options.title, svg: lineChart(options, lines) };
}

/** The name of a curve on pages. */
export function nameOf({ name }: Curve): string {
  return name.replace(' (floor)', '').replace(/, \d+ connections$/, '');
}

function ends(curve: Curve | undefined): { readonly first: Point; readonly last: Point } {
  const [first, last] = [curve?.points[0], curve?.points.at(-1)];
  if (!first || !last) throw new TypeError('a curve without points');
  return { first, last };
}

function bytes(x: number): string {
  return x >= 2 ** 20 ? `${x / 2 ** 20} MiB` : `${x / 1024} KiB`;
}

function count(x: number): string {
  if (x >= 999_500) return `${Math.round(x / 1e5) / 10} M`;
  return x >= 1000 ? `${Math.round(x / 1000)} k` : String(x);
}
