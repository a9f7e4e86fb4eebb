import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Spread, spread } from './stats.js';

/** The location of databases, and the cost of a durable write there. */
export interface Disk {
  readonly fileSystem: string;
  /** Whether it is a file system in memory, on which a sync is free and proves nothing about durability. */
  readonly isMemory: boolean;
  /** A write of 4 KiB and `fdatasync`. */
  readonly syncMs: Spread;
}

/** `f_type` of statfs(2). */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);
const MEMORY = new Set(['tmpfs', 'ramfs']);
const SYNCS = 300;
const PAGE_BYTES = 4096;

export function isInMemory(folder: string): boolean {
  return MEMORY.has(fileSystemOf(folder));
}

/**
 * Measures a folder's disk as a write-ahead log uses it: one page after another, each synced.
 *
 * @param folder - must exist; the probe's file is removed
 */
export function measureDisk(folder: string): Disk {
  const fileSystem = fileSystemOf(folder);
  const path = join(folder, 'sync-probe');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 'x');
  const times: number[] = [];
  try {
    for (let index = 0; index < SYNCS; index += 1) {
      const startedAt = performance.now();
      writeSync(file, page, 0, PAGE_BYTES, index * PAGE_BYTES);
      fdatasyncSync(file);
      times.push(performance.now() - startedAt);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return { fileSystem, isMemory: MEMORY.has(fileSystem), syncMs: spread(times) };
}

function fileSystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return FILE_SYSTEMS.get(type) ?? `type 0x${type.toString(16)}`;
}
