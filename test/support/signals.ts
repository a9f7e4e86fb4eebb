/**
 * Signals a process, or a group of them, that may end by itself at the same time.
 *
 * @param pid - of the process; negative: of the group
 */
export function signalIfRunning(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
