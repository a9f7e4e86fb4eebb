import { heapSnapshotFile } from './heap-snapshot.js';
import { cpuProfile, samplingHeapProfile } from './inspector-profiles.js';
import type { ProfileKind, ProfileOptions, ProfileResult } from './profile.js';
import { type ProcessFacts, runtimeSummary } from './runtime-summary.js';

export interface LocalProfilerOptions {
  /** The process to look at: Node's own `process`. */
  readonly process: ProcessFacts;
  /** Where heap snapshots wait until they are sent; `os.tmpdir()` where nothing else is asked for. */
  readonly snapshotFolder: string;
}

/**
 * Looks at the process it runs in. It holds one profile at a time; the runtime summary costs too little to count.
 * Nothing is measured, and no timer runs, between its calls.
 *
 * @param options - the process, and a folder
 */
export function createLocalProfiler(
  options: LocalProfilerOptions,
): (kind: ProfileKind, options: ProfileOptions) => Promise<ProfileResult> {
  let running: ProfileKind | null = null;

  return async function profile(kind, { seconds }) {
    if (kind === 'runtime') {
      const summary = await runtimeSummary(options.process, seconds);
      return { outcome: 'text', text: JSON.stringify(summary, null, 2) };
    }
    if (running !== null) return { outcome: 'busy', running };
    running = kind;
    try {
      switch (kind) {
        case 'cpu':
          return { outcome: 'text', text: JSON.stringify(await cpuProfile(seconds)) };
        case 'heap-sampling':
          return { outcome: 'text', text: JSON.stringify(await samplingHeapProfile(seconds)) };
        case 'heap':
          return { outcome: 'file', path: await heapSnapshotFile(options.snapshotFolder) };
      }
    } finally {
      running = null;
    }
  };
}
