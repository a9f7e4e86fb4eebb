import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The cores of each part, as taskset's lists; null leaves it to the scheduler. */
export interface Cores {
  readonly server: string | null;
  readonly generator: string | null;
  readonly postgres: string | null;
  /** Whether the generator shares its core with Postgres. */
  readonly isGeneratorShared: boolean;
  readonly note: string;
}

/**
 * Pins a process with all its threads; its later children inherit that.
 *
 * @param core - taskset's list; null leaves it to the scheduler
 */
export function pin(pid: number | undefined, core: string | null): void {
  if (core !== null && pid !== undefined) spawnSync('taskset', ['-a', '-p', '-c', core, String(pid)]);
}

/** The server and the load generator get a core each; Postgres gets the rest, if any. */
export function assignCores(isPinning: boolean): Cores {
  const unpinned = { server: null, generator: null, postgres: null, isGeneratorShared: true };
  const count = availableParallelism();
  if (!isPinning) return { ...unpinned, note: 'not pinned, as asked' };
  if (count < 2) return { ...unpinned, note: 'not pinned: there is only one core' };
  if (spawnSync('taskset', ['-c', '0', 'true']).status !== 0) {
    return { ...unpinned, note: 'not pinned: there is no working taskset here' };
  }
  if (count === 2) {
    return {
      server: '0',
      generator: '1',
      postgres: '1',
      isGeneratorShared: true,
      note: 'server on core 0, load generator on core 1; Postgres shares core 1, since there are only two',
    };
  }
  const rest = count === 3 ? '2' : `2-${count - 1}`;
  return {
    server: '0',
    generator: '1',
    postgres: rest,
    isGeneratorShared: false,
    note: `server on core 0, load generator on core 1, Postgres on ${rest}`,
  };
}
