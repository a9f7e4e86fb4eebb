/** Mocha loads test files by `require`, and the runner by `import`: this module is loaded twice, but has one list. */
const LIST = Symbol.for('payments-api: what the test files of this process share');

const stops: (() => Promise<void>)[] = Reflect.get(globalThis, LIST) ?? [];
Reflect.set(globalThis, LIST, stops);

/**
 * Registers a resource that all test files of a process share, to be stopped after the last one.
 *
 * @param stop - called once
 */
export function stopAtEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

/** Stops everything registered. */
export async function stopSharedServers(): Promise<void> {
  await Promise.all(stops.splice(0).map((stop) => stop()));
}
