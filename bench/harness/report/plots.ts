import type { Curve, Growth } from '../growth.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { barChart, groupedBarChart, lineChart } from './svg.js';

/** A plot and the name of its file, without the folder. */
export interface Plot {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** Throughput and latency of every work that was compared. */
export function workPlots(results: Results): readonly Plot[] {
  return Object.entries(results.works).flatMap(([name, figures]) => {
    if (!isComparedWork(name)) return [];
    const title = COMPARED_WORKS[name].title.replaceAll('`', '');
    const servers = Object.entries(figures.servers).flatMap(([server, seen]) =>
      isServerName(server) ? [{ server, label: SERVERS[server].title, seen }] : [],
    );
    const bars = servers.map(({ server, label, seen }) => ({
      label,
      value: seen.requestsPerSecond,
      isOwn: server === 'service',
      range: [Math.min(...seen.rounds), Math.max(...seen.rounds)] as const,
    }));
    const plots: Plot[] = [{ file: `${name}.svg`, title, svg: barChart(`${title}: requests per second`, '/s', bars) }];
    if (figures.latencyRate !== null) {
      const heading = `${title}: latency at ${figures.latencyRate.toLocaleString('en')} requests/s`;
      const groups = servers.map(({ label, seen }) => ({
        label,
        values: [seen.latencyMs?.p50 ?? 0, seen.latencyMs?.p99 ?? 0, seen.latencyMs?.p999 ?? 0],
      }));
      const svg = groupedBarChart(heading, 'ms', ['p50', 'p99', 'p99.9'], groups);
      plots.push({ file: `${name}-latency.svg`, title: heading, svg });
    }
    return plots;
  });
}

/** Cost against size. */
export function growthPlots(growth: Growth): readonly Plot[] {
  const bySize = (
    file: string,
    title: string,
    xLabel: string,
    formatX: (x: number) => string,
    curves: readonly Curve[],
  ) => ({
    file,
    title,
    svg: lineChart(
      { title, xLabel, yLabel: 'server CPU, µs a request', isXLogarithmic: true, isYLogarithmic: true, formatX },
      curves.map(({ name, points }) => ({
        label: name,
        points: points.map(({ size, serverCpuMicros }) => ({ x: size, y: serverCpuMicros })),
      })),
    ),
  });
  const throughput = lineChart(
    {
      title: 'get by number of connections: requests per second',
      xLabel: 'connections',
      yLabel: 'requests/s',
      isXLogarithmic: true,
      isYLogarithmic: false,
      formatX: String,
    },
    growth.connections.map(({ name, points }) => ({
      label: name,
      points: points.map(({ size, requestsPerSecond }) => ({ x: size, y: requestsPerSecond })),
    })),
  );
  const memory = lineChart(
    {
      title: 'resident memory over requests (gets and updates)',
      xLabel: 'requests so far',
      yLabel: 'MiB',
      isXLogarithmic: false,
      isYLogarithmic: false,
      formatX: count,
    },
    [
      {
        label: SERVERS.service.title,
        points: growth.memory.map(({ requests, residentMiB }) => ({ x: requests, y: residentMiB })),
      },
    ],
  );
  return [
    bySize('growth-payload-get.svg', 'get by size of the payment', 'bytes', bytes, growth.payloadGet),
    bySize('growth-payload-create.svg', 'create by size of the payment', 'bytes', bytes, growth.payloadCreate),
    { file: 'growth-connections.svg', title: 'get by number of connections', svg: throughput },
    { file: 'growth-memory.svg', title: 'memory', svg: memory },
    bySize('growth-sqlite-rows.svg', 'SQLite file by payments stored', 'payments', count, growth.sqliteRows),
    bySize('growth-postgres-rows.svg', 'Postgres by payments stored', 'payments', count, growth.postgresRows),
  ];
}

function bytes(x: number): string {
  return x >= 2 ** 20 ? `${x / 2 ** 20} MiB` : `${x / 1024} KiB`;
}

function count(x: number): string {
  if (x >= 1e6) return `${x / 1e6} M`;
  return x >= 1000 ? `${x / 1000} k` : String(x);
}
