/**
 * Signals a process or group that may end at the same time.
 *
 * @param pid - of the process; negative for a group
 */
export function signalIfRunning(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
