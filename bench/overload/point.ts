import type { Probed } from '../../test/ops/flood.js';
import type { FloodResult } from '../../test/ops/flood-plan.js';

/** A point of the curve. */
export interface Point {
  /** Offered load, as a multiple of the peak. */
  readonly factor: number;
  /** The closed-loop rate of 64 connections, directly before and after, requests/s. */
  readonly peakPerSecond: number;
  readonly result: FloodResult;
  readonly health: Probed;
}

/** @returns goodput as a share of the peak next to it: the machine's speed may change from minute to minute */
export function shareOf({ result, peakPerSecond }: Point): number {
  return result.goodPerSecond / peakPerSecond;
}
