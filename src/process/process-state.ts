import { readFileSync } from 'node:fs';

/** What the kernel says of a process. */
export interface ProcessState {
  /** `R` running or waiting for a core, `S` asleep, `D` waiting for a disk, `T` and `t` stopped, as in proc(5). */
  readonly letter: string;
  /** The time it has run so far, ms. */
  readonly cpuMs: number;
}

/** `USER_HZ`, in which Linux counts the time of processes towards user space on every architecture Node runs on. */
const MS_PER_TICK = 10;

/**
 * Looks at another process.
 *
 * @param pid - its id
 * @returns null where it is gone, or the system has no `/proc` as Linux has it
 */
export function processState(pid: number): ProcessState | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    return fields[0] === undefined || Number.isNaN(cpuMs) ? null : { letter: fields[0], cpuMs };
  } catch {
    return null;
  }
}
