import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';

/**
 * Samples what this process computes, a thousand times a second. It opens no port: the session is one of the process
 * with itself, and disconnecting ends whatever it began.
 *
 * @param seconds - how long
 * @returns a profile as DevTools reads it
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile
 */
export async function cpuProfile(seconds: number): Promise<string> {
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(seconds * 1000);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

/**
 * Takes a snapshot of this process's heap; the process does nothing else meanwhile. V8 writes it piece by piece into a
 * file, whereas `v8.getHeapSnapshot()` would queue the whole text in memory beside the heap. Only the user of the process
 * can read the file, since it holds every string in memory, secrets included. It has no name any more once it is open, so
 * that its space is free again when it was sent, or the process ends.
 *
 * @param parentFolder - where the file is made
 * @returns the content, to be read to its end or destroyed, and its size
 */
export async function heapSnapshot(parentFolder: string): Promise<{ content: Readable; bytes: number }> {
  const folder = await mkdtemp(join(parentFolder, 'heap-'));
  try {
    const file = await open(writeHeapSnapshot(join(folder, 'snapshot')));
    const { size } = await file.stat();
    return { content: file.createReadStream(), bytes: size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
