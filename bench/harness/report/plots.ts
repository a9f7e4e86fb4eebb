import type { WorkFigures } from '../compare.js';
import type { Results } from '../run.js';
import { isServerName, SERVERS } from '../servers.js';
import { pairedRatio } from '../stats.js';
import { COMPARED_WORKS, type ComparedWork, isComparedWork } from '../works.js';
import { barChart, groupedBarChart } from './svg.js';

/** A plot and its file name, without the folder. */
export interface Plot {
  readonly file: string;
  /** The finding, which is also the alternative text. */
  readonly title: string;
  readonly svg: string;
}

/** Throughput and latency of every compared work. */
export function plotsOf(results: Results): readonly Plot[] {
  return Object.entries(results.works).flatMap(([name, figures]) =>
    isComparedWork(name) ? workPlots(name, figures) : [],
  );
}

/** Throughput of a work, and latency if it was measured. */
export function workPlots(name: ComparedWork, figures: WorkFigures): readonly Plot[] {
  return [throughputPlot(name, figures), ...latencyPlot(name, figures)];
}

function throughputPlot(name: ComparedWork, figures: WorkFigures): Plot {
  const title = `${nameOf(name)}: ${comparison(figures)}`;
  const subtitle = 'requests/s: the median of the rounds, and all of them as a line; ratios are computed per round';
  const bars = serversOf(figures).map(({ server, label, seen }) => ({
    label,
    value: seen.requestsPerSecond,
    isOwn: server === 'service',
    range: [Math.min(...seen.rounds), Math.max(...seen.rounds)] as const,
  }));
  return { file: `${name}.svg`, title, svg: barChart({ title, subtitle }, bars) };
}

function latencyPlot(name: ComparedWork, figures: WorkFigures): readonly Plot[] {
  const own = figures.servers.service?.latencyMs;
  if (figures.latencyRate === null || !own) return [];
  const title = `${nameOf(name)}: half within ${own.p50.toFixed(2)} ms, 99 % within ${own.p99.toFixed(2)} ms`;
  const subtitle = `latency at ${figures.latencyRate.toLocaleString('en')} requests/s, ms, logarithmic`;
  const groups = serversOf(figures).map(({ label, seen }) => ({
    label,
    values: [seen.latencyMs?.p50 ?? 0, seen.latencyMs?.p99 ?? 0, seen.latencyMs?.p999 ?? 0],
  }));
  const svg = groupedBarChart({ title, subtitle }, ['p50', 'p99', 'p99.9'], groups);
  return [{ file: `${name}-latency.svg`, title, svg }];
}

/** The ratios to the peers with targets, as in the page's tables. */
function comparison({ servers }: WorkFigures): string {
  const ratios = (['fastify', 'fastify-tuned'] as const).flatMap((peer) => {
    const [own, other] = [servers.service, servers[peer]];
    return own && other ? [`${pairedRatio(own.rounds, other.rounds).median.toFixed(2)} × ${SERVERS[peer].title}`] : [];
  });
  return ratios.length === 0 ? 'requests per second' : ratios.join(', ');
}

function nameOf(name: ComparedWork): string {
  return COMPARED_WORKS[name].title.replaceAll('`', '');
}

function serversOf({ servers }: WorkFigures) {
  return Object.entries(servers).flatMap(([server, seen]) =>
    isServerName(server) ? [{ server, label: SERVERS[server].title.replaceAll('`', ''), seen }] : [],
  );
}
