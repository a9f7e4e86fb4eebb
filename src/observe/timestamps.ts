/**
 * Makes a clock that gives the time as ISO 8601 text with milliseconds. Lines of one millisecond share their text, and
 * only one a second formats a date.
 *
 * @param now - milliseconds since the epoch
 */
export function createTimestamps(now: () => number = Date.now): () => string {
  let cachedMs = Number.NaN;
  let cachedText = '';
  let secondStartMs = Number.NaN;
  let upToSecond = '';

  return function timestamp(): string {
    const nowMs = now();
    if (nowMs === cachedMs) return cachedText;
    const intoSecondMs = nowMs % 1000;
    if (nowMs - intoSecondMs !== secondStartMs) {
      secondStartMs = nowMs - intoSecondMs;
      upToSecond = new Date(secondStartMs).toISOString().slice(0, -'000Z'.length);
    }
    cachedMs = nowMs;
    cachedText = `${upToSecond}${intoSecondMs.toString().padStart(3, '0')}Z`;
    return cachedText;
  };
}
