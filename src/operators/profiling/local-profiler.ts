import { mkdtemp, open, rm, rmdir, unlink } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import type { ProfileKind, ProfileOptions, ProfileResult } from './profile.js';

/**
 * Takes profiles of the process it runs in, one at a time. Nothing is measured, and no timer runs, between its calls.
 *
 * @param snapshotFolder - where heap snapshots wait until they are sent
 */
export function createLocalProfiler(
  snapshotFolder: string,
): (kind: ProfileKind, options: ProfileOptions) => Promise<ProfileResult> {
  let running: ProfileKind | null = null;

  return async function profile(kind, { seconds }) {
    if (running !== null) return { outcome: 'busy', running };
    running = kind;
    try {
      if (kind === 'cpu') return { outcome: 'text', text: JSON.stringify(await cpuProfile(seconds)) };
      return { outcome: 'file', path: await heapSnapshotFile(snapshotFolder) };
    } finally {
      running = null;
    }
  };
}

/**
 * Samples what the process computes, a thousand times a second. It opens no port: the session is one of the process
 * with itself, and disconnecting ends whatever it began.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile
 */
async function cpuProfile(seconds: number): Promise<Profiler.Profile> {
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(seconds * 1000);
    const { profile } = await session.post('Profiler.stop');
    return profile;
  } finally {
    session.disconnect();
  }
}

/**
 * Writes a snapshot of this process's heap into a file that only its user can read, since a snapshot holds every
 * string in memory, secrets included. V8 writes it piece by piece, whereas `v8.getHeapSnapshot()` would queue the
 * whole text in memory beside the heap. The process does nothing else meanwhile.
 */
async function heapSnapshotFile(parentFolder: string): Promise<string> {
  const folder = await mkdtemp(join(parentFolder, 'heap-'));
  try {
    return writeHeapSnapshot(join(folder, 'snapshot'));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Opens a snapshot to be sent. The file has no name any more once it is open, so that its space is free again when it
 * was sent, or the process ends.
 *
 * @param path - from a profile of the heap
 * @returns the content, to be read to its end or destroyed, and its size
 */
export async function openSnapshot(path: string): Promise<{ content: Readable; bytes: number }> {
  const file = await open(path);
  try {
    await unlink(path);
    await rmdir(dirname(path));
    const { size } = await file.stat();
    return { content: file.createReadStream(), bytes: size };
  } catch (error) {
    await file.close();
    throw error;
  }
}
