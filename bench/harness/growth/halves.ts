import type { IdRange } from '../../load/protocol.js';

/** Every second payment each: gets expect payments of one length, so they must not read updated ones. */
export function halves(ids: IdRange): readonly [IdRange, IdRange] {
  const half = { ...ids, count: Math.floor(ids.count / 2), step: 2 };
  return [half, { ...half, firstIndex: ids.firstIndex + 1 }];
}

/**
 * The same payments, started at another one, so that consecutive turns use different rows.
 *
 * @param turn - the number of the turn
 * @param used - the number of payments that a turn uses, spread over all
 */
export function shifted(ids: IdRange, turn: number, used: number): IdRange {
  const { firstIndex, count, step = 1 } = ids;
  const shift = turn % Math.max(1, Math.floor(count / used));
  return { ...ids, firstIndex: firstIndex + shift * step, count: count - shift };
}
