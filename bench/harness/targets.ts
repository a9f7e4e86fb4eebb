import type { Results } from './run.js';
import { SERVERS } from './servers.js';
import { COMPARED_WORKS, PAGE_AT_DEPTH_AT_MOST, TARGETS, TWO_WORKERS_AT_LEAST } from './works.js';

/** A target and what was measured of it. */
export interface Verdict {
  readonly work: string;
  readonly against: string;
  readonly target: string;
  readonly measured: number;
  /** The peer's CPU time for a request over the service's; NaN where it says nothing. */
  readonly cpuRatio: number;
  readonly isMet: boolean;
  /** In words: `met`, or by how much it was missed. */
  readonly outcome: string;
}

/** Every target that the run has figures for. */
export function judge(results: Results): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { work, against, atLeast } of TARGETS) {
    const servers = results.works[work]?.servers;
    const own = servers?.service;
    const peer = servers?.[against];
    if (own === undefined || peer === undefined) continue;
    const measured = own.requestsPerSecond / peer.requestsPerSecond;
    const cpuRatio = peer.serverCpuMicros / own.serverCpuMicros;
    verdicts.push(verdict(COMPARED_WORKS[work].title, SERVERS[against].title, measured, cpuRatio, atLeast));
  }
  if (results.twoWorkers !== null) {
    const { ratio } = results.twoWorkers;
    verdicts.push(verdict('get, two workers, unpinned', 'one worker', ratio, Number.NaN, TWO_WORKERS_AT_LEAST));
  }
  if (results.pageAtDepth !== null) {
    const { timeRatio, depth } = results.pageAtDepth;
    const isMet = timeRatio <= PAGE_AT_DEPTH_AT_MOST;
    verdicts.push({
      work: `page by cursor behind ${depth.toLocaleString('en')} payments`,
      against: 'the first page',
      target: `≤ ${PAGE_AT_DEPTH_AT_MOST}× the time`,
      measured: timeRatio,
      cpuRatio: Number.NaN,
      isMet,
      outcome: isMet ? 'met' : `missed by ${percent(timeRatio / PAGE_AT_DEPTH_AT_MOST - 1)}`,
    });
  }
  return verdicts;
}

/** Prints the verdicts, one a line. */
export function printTargets(results: Results, log: (line: string) => void): void {
  for (const { work, against, target, measured, cpuRatio, outcome } of judge(results)) {
    const cpu = Number.isNaN(cpuRatio) ? '' : `CPU ${cpuRatio.toFixed(2)}×`;
    log(
      `${work.padEnd(44)}${against.padEnd(36)}${target.padEnd(18)}${measured.toFixed(2).padStart(6)}×  ${cpu.padEnd(11)}  ${outcome}`,
    );
  }
}

function verdict(work: string, against: string, measured: number, cpuRatio: number, atLeast: number): Verdict {
  const isMet = measured >= atLeast;
  const outcome = isMet ? 'met' : `missed by ${percent(1 - measured / atLeast)}`;
  return { work, against, target: `≥ ${atLeast}×`, measured, cpuRatio, isMet, outcome };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.01 ? 1 : 0)} %`;
}
