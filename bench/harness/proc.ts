import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

interface ProcessStat {
  readonly parent: number;
  readonly cpuMs: number;
}

/** A process and all its descendants. Empty without /proc. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of list('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readStat(pid);
    if (stat !== null) parents.set(pid, stat.parent);
  }
  if (!parents.has(root)) return [];
  const tree = [root];
  for (const member of tree) {
    for (const [pid, parent] of parents) if (parent === member) tree.push(pid);
  }
  return tree;
}

/** User and system time of these processes, with all threads. NaN without /proc. */
export function cpuTimeMs(pids: readonly number[]): number {
  return pids.length === 0 ? Number.NaN : pids.reduce((sum, pid) => sum + (readStat(pid)?.cpuMs ?? 0), 0);
}

/** Peak resident memory (VmHWM), summed over these processes. NaN without /proc. */
export function peakMemoryMiB(pids: readonly number[]): number {
  return memoryMiB(pids, 'VmHWM');
}

/** Current resident memory. */
export function residentMemoryMiB(pids: readonly number[]): number {
  return memoryMiB(pids, 'VmRSS');
}

function memoryMiB(pids: readonly number[], field: string): number {
  if (pids.length === 0) return Number.NaN;
  return pids.reduce((sum, pid) => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`));
    return sum + Number(match?.[1] ?? 0) / 1024;
  }, 0);
}

function readStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  if (parent === undefined || user === undefined || system === undefined || Number.isNaN(parent)) return null;
  return { parent, cpuMs: (user + system) * TICK_MS };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
