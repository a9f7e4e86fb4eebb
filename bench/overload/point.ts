import type { Probed } from '../../test/ops/flood.js';
import type { FloodResult } from '../../test/ops/flood-plan.js';

/** One point of the curve. */
export interface Point {
  /** Offered load, as a multiple of the peak. */
  readonly factor: number;
  /** What 64 connections got as fast as they could, right before and right behind, requests/s. */
  readonly peakPerSecond: number;
  readonly result: FloodResult;
  readonly health: Probed;
}

/** @returns goodput as a share of the peak beside it: the machine may be busy in one minute and not in the next */
export function shareOf({ result, peakPerSecond }: Point): number {
  return result.goodPerSecond / peakPerSecond;
}
