/**
 * Runs something many times, with limited concurrency: processes that start and end mostly wait.
 *
 * @param count - the number of runs
 * @param lanes - the concurrency
 * @param run - gets the number of its lane
 * @returns the results, in the order of completion
 * @throws the first error, after which no run begins
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
