import type { Results } from './run.js';
import { SERVERS } from './servers.js';
import { pairedRatio, type Spread } from './stats.js';
import {
  COMPARED_WORKS,
  isComparedWork,
  P99_AT_MOST,
  PAGE_AT_DEPTH_AT_MOST,
  START_MS_AT_MOST,
  TARGETS,
  TWO_WORKERS_AT_LEAST,
} from './works.js';

/** What targets of latency are compared with. */
export const P99_COLUMN = `p99 of ${SERVERS.floor.title}`;

/** A target and its measurement. */
export interface Verdict {
  readonly work: string;
  readonly against: string;
  readonly target: string;
  /** With its unit, and the quartiles of the rounds. */
  readonly measured: string;
  /** The peer's CPU time for a request relative to the service's, as `measured`; may be empty. */
  readonly cpu: string;
  readonly isMet: boolean;
  /** In words: `met`, or by how much it was missed. */
  readonly outcome: string;
}

/** All targets for which the run has results. */
export function judge(results: Results): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { work, against, atLeast } of TARGETS) {
    const servers = results.works[work]?.servers;
    const own = servers?.service;
    const peer = servers?.[against];
    if (own === undefined || peer === undefined) continue;
    verdicts.push({
      work: COMPARED_WORKS[work].title,
      against: SERVERS[against].title,
      ...atLeastTimes(pairedRatio(own.rounds, peer.rounds), atLeast),
      cpu: times(pairedRatio(peer.serverCpuRounds, own.serverCpuRounds)),
    });
  }
  for (const [work, { title }] of Object.entries(COMPARED_WORKS)) {
    const servers = isComparedWork(work) ? results.works[work]?.servers : undefined;
    const own = servers?.service?.p99Rounds;
    const peer = servers?.floor?.p99Rounds;
    if (!own?.length || !peer?.length) continue;
    const ratio = pairedRatio(own, peer);
    verdicts.push({
      work: title,
      against: P99_COLUMN,
      target: `≤ ${P99_AT_MOST}×`,
      measured: times(ratio),
      cpu: '',
      ...atMost(ratio.median, P99_AT_MOST),
    });
  }
  if (results.twoWorkers !== null) {
    const { ratio } = results.twoWorkers;
    const work = 'get, two workers, unpinned';
    verdicts.push({ work, against: 'one worker', ...atLeastTimes(ratio, TWO_WORKERS_AT_LEAST), cpu: '' });
  }
  if (results.pageAtDepth !== null) {
    const { timeRatio, depth } = results.pageAtDepth;
    verdicts.push({
      work: `page by cursor after ${depth.toLocaleString('en')} payments`,
      against: 'the first page',
      target: `≤ ${PAGE_AT_DEPTH_AT_MOST}× the time`,
      measured: times(timeRatio),
      cpu: '',
      ...atMost(timeRatio.median, PAGE_AT_DEPTH_AT_MOST),
    });
  }
  const start = results.starts?.service;
  if (start !== undefined) {
    verdicts.push({
      work: 'start to first response, SQLite in memory',
      against: '–',
      target: `≤ ${START_MS_AT_MOST} ms`,
      measured: `${start.median.toFixed(0)} ms (${start.low.toFixed(0)}–${start.high.toFixed(0)})`,
      cpu: '',
      ...atMost(start.median, START_MS_AT_MOST),
    });
  }
  return verdicts;
}

/** Prints the verdicts, one a line. */
export function printTargets(results: Results, log: (line: string) => void): void {
  for (const { work, against, target, measured, cpu, outcome } of judge(results)) {
    log(
      `${work.padEnd(44)}${against.padEnd(36)}${target.padEnd(18)}${measured.padEnd(20)}${(cpu && `CPU ${cpu}`).padEnd(24)}${outcome}`,
    );
  }
}

/** A ratio and its quartiles, as `1.23× (1.20–1.31)`. */
export function times({ median, low, high }: Spread): string {
  return `${median.toFixed(2)}× (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function atLeastTimes(ratio: Spread, least: number): Pick<Verdict, 'target' | 'measured' | 'isMet' | 'outcome'> {
  const isMet = ratio.median >= least;
  const outcome = isMet ? 'met' : `missed by ${percent(1 - ratio.median / least)}`;
  return { target: `≥ ${least}×`, measured: times(ratio), isMet, outcome };
}

function atMost(measured: number, most: number): Pick<Verdict, 'isMet' | 'outcome'> {
  const isMet = measured <= most;
  return { isMet, outcome: isMet ? 'met' : `missed by ${percent(measured / most - 1)}` };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.01 ? 1 : 0)} %`;
}
