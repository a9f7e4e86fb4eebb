/** Mocha loads test files by `require`, and the runner by `import`: this module is there twice, and its list once. */
const LIST = Symbol.for('payments-api: what the test files of this process share');

const stops: (() => Promise<void>)[] = Reflect.get(globalThis, LIST) ?? [];
Reflect.set(globalThis, LIST, stops);

/**
 * Registers what all test files of a process share, to be stopped after the last one.
 *
 * @param stop - called once
 */
export function stopAtEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

/** Stops whatever was registered. */
export async function stopSharedServers(): Promise<void> {
  await Promise.all(stops.splice(0).map((stop) => stop()));
}
