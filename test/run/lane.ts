import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FileReport } from './lane-process.js';

const PROCESS = fileURLToPath(new URL('lane-process.ts', import.meta.url));

export interface Report extends FileReport {
  readonly file: string;
}

/** A process that runs test files one after another. */
export interface Lane {
  /** Runs one file; if the process ends meanwhile, that is one failure. */
  run(file: string): Promise<Report>;
  /** Whether the process can run another file. */
  isOpen(): boolean;
  /** Lets the process stop the shared resources, and waits for its exit. */
  close(): Promise<void>;
}

export function openLane(): Lane {
  const child = fork(PROCESS, { stdio: [0, 1, 2, 'ipc'] });
  const exited = once(child, 'exit').then(([code, signal]) => `${signal ?? `exit code ${code}`}`);
  let isOpen = true;
  void exited.then(() => {
    isOpen = false;
  });
  return {
    isOpen: () => isOpen,
    async run(file) {
      const startedMs = performance.now();
      const reported = once(child, 'message').then(([report]): FileReport => report);
      const died = exited.then(
        (reason): FileReport => ({
          passed: 0,
          failed: 1,
          failures: `  the process of these tests ended with ${reason}\n`,
          durationMs: performance.now() - startedMs,
          leftOut: {},
        }),
      );
      child.send(file, () => {});
      return { ...(await Promise.race([reported, died])), file };
    },
    async close() {
      if (isOpen) child.send('', () => {});
      await exited;
    },
  };
}
