import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from './program.js';

/** Runs the test file that needs node on the PATH, with an empty one. */
function runWithout(environment: Readonly<Record<string, string>>): Promise<{ code: number; lines: string[] }> {
  const argv = ['--import', 'tsx', join('test', 'run.ts'), 'support/needs-node'];
  const { CI: _ci, ...rest } = process.env;
  return new Promise((resolve) => {
    const env = { ...rest, PATH: '', ...environment };
    execFile(process.execPath, argv, { cwd: ROOT, env }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), lines: stdout.trimEnd().split('\n').slice(-2) });
    });
  });
}

describe('tests whose program is missing', () => {
  it('are named at the end of the run, which passes unless the program is required', async () => {
    const { code, lines } = await runWithout({});
    expect(lines).to.deep.equal(['not run for want of node: 2 tests', '1 passed, 0 failed']);
    expect(code).to.equal(0);
  });

  it('count as failed in CI', async () => {
    const { code, lines } = await runWithout({ CI: 'true' });
    expect(lines).to.deep.equal(['not run for want of node: 2 tests', '1 passed, 2 failed']);
    expect(code).to.equal(1);
  });
});
