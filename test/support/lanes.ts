/**
 * Runs something many times, a few at a time: what starts and ends processes spends much of its time waiting.
 *
 * @param count - how often
 * @param lanes - how many at a time
 * @param run - runs it once, in the lane it is given
 * @returns what each gave, in the order in which they ended
 * @throws the first error; no other is begun then
 */
export async function inLanes<T>(count: number, lanes: number, run: (lane: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let begun = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (begun < count) {
        begun += 1;
        try {
          results.push(await run(lane));
        } catch (error) {
          begun = count;
          throw error;
        }
      }
    }),
  );
  return results;
}
