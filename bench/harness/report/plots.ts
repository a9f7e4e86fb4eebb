import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import { COMPARED_WORKS, isComparedWork } from '../works.js';
import { barChart, groupedBarChart } from './svg.js';

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
