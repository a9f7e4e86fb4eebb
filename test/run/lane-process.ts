/**
 * A process of `npm test`: runs each test file that the runner sends, and reports. After an empty path it stops the
 * shared resources of its files.
 */
import { resolve } from 'node:path';
import { format } from 'node:util';
import fc from 'fast-check';
import Mocha from 'mocha';
import { stopSharedServers } from '../support/at-end.js';
import { takeTestsLeftOut } from '../support/programs.js';

/** The result of one test file. */
export interface FileReport {
  readonly passed: number;
  readonly failed: number;
  /** The failures, for people; may be empty. */
  readonly failures: string;
  /** With its hooks. */
  readonly durationMs: number;
  /** The number of tests skipped for a missing program, by its name. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** For a test that hangs: on a busy machine the others may take minutes. */
const TIMEOUT_MS = 300_000;

// The same random values in every run: a failure is of the change, not of chance. Only the soak tries new ones.
if (!process.env.SOAK) fc.configureGlobal({ seed: 20_261_128 });

async function runFile(file: string): Promise<FileReport> {
  const startedMs = performance.now();
  // The base of all reporters prints nothing: the runner prints file by file.
  const reporter = Mocha.reporters.Base;
  const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter, forbidOnly: true, forbidPending: true });
  mocha.addFile(resolve(file));
  await mocha.loadFilesAsync();
  let passed = 0;
  const failed: Mocha.Test[] = [];
  await new Promise((done) => {
    const runner = mocha.run(done);
    runner.on('pass', () => {
      passed += 1;
    });
    runner.on('fail', (test) => {
      failed.push(test);
    });
  });
  const failures = describeFailures(failed);
  // Otherwise the runner's listeners stay on the process. Each of them passes an unhandled rejection to all others,
  // which takes a factorial number of calls: eleven files later the process hangs.
  mocha.dispose();
  return {
    passed,
    failed: failed.length,
    failures,
    durationMs: performance.now() - startedMs,
    leftOut: Object.fromEntries(takeTestsLeftOut()),
  };
}

function describeFailures(failed: Mocha.Test[]): string {
  if (failed.length === 0) return '';
  const lines: string[] = [];
  const { consoleLog } = Mocha.reporters.Base;
  Mocha.reporters.Base.consoleLog = (...parts: readonly unknown[]) => lines.push(format(...parts));
  Mocha.reporters.Base.list(failed);
  Mocha.reporters.Base.consoleLog = consoleLog;
  return `${lines.join('\n')}\n`;
}

// The runner was killed: its tests must not run on.
process.on('disconnect', () => process.exit(1));
process.on('message', async (file: string) => {
  if (file === '') {
    await stopSharedServers();
    process.exit(0);
  }
  process.send?.(await runFile(file));
});
