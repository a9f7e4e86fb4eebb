import type { IdRange } from '../../load/protocol.js';

/** Every second payment each: gets expect payments of one length, so they read others than the updates write. */
export function halves(ids: IdRange): readonly [IdRange, IdRange] {
  const half = { ...ids, count: Math.floor(ids.count / 2), step: 2 };
  return [half, { ...half, firstIndex: ids.firstIndex + 1 }];
}

/**
 * The same payments, begun at another one, so that each turn reads or writes rows that the turn before left alone.
 *
 * @param turn - counts the turns
 * @param used - how many payments a turn uses, spread over all
 */
export function shifted(ids: IdRange, turn: number, used: number): IdRange {
  const { firstIndex, count, step = 1 } = ids;
  const shift = turn % Math.max(1, Math.floor(count / used));
  return { ...ids, firstIndex: firstIndex + shift * step, count: count - shift };
}
