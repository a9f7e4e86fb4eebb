import { mkdtemp, open, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { writeHeapSnapshot } from 'node:v8';

/**
 * Writes a snapshot of this process's heap into a file that only its user can read, since a snapshot holds every
 * string in memory, secrets included. V8 writes it piece by piece, whereas `v8.getHeapSnapshot()` would queue the
 * whole text in memory beside the heap. The process does nothing else meanwhile.
 *
 * @param parentFolder - where the file's own folder is made
 * @returns the file's path, for `openSnapshot`
 * @throws Error where the folder cannot be written
 */
export async function heapSnapshotFile(parentFolder: string): Promise<string> {
  const folder = await mkdtemp(join(parentFolder, 'payments-api-heap-'));
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
 * @param path - from `heapSnapshotFile`
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
