/**
 * A process of `npm test`: runs each test file that the runner sends it, and reports. An empty path is the end: then it
 * stops what its files shared.
 */
import { resolve } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { stopSharedServers } from '../support/at-end.js';
import { takeTestsLeftOut } from '../support/programs.js';

/** What came of one test file. */
export interface FileReport {
  readonly passed: number;
  readonly failed: number;
  /** For people: what failed and why; empty where nothing did. */
  readonly failures: string;
  /** With its hooks. */
  readonly durationMs: number;
  /** How many tests were left out for want of a program, by its name. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const TIMEOUT_MS = 60_000;

async function runFile(file: string): Promise<FileReport> {
  const startedMs = performance.now();
  // The base of all reporters prints nothing: the runner prints, a file at a time.
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
  // Otherwise the runner's listeners stay on the process. Each of them hands an unhandled rejection on to all others, which
  // takes as many calls as the factorial of their number: eleven files later the process hangs.
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

process.on('message', async (file: string) => {
  if (file === '') {
    await stopSharedServers();
    process.exit(0);
  }
  process.send?.(await runFile(file));
});
