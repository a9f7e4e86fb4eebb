import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { contractCommand } from '../../scripts/compatibility/command.js';
import { ROOT } from '../support/program.js';
import { type Edits, edited } from './edits.js';
import { contractOf, echo, RESPONSES } from './kit.js';

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In this process, because starting another one takes seconds. */
async function contractTool(...argv: readonly string[]): Promise<Result> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await contractCommand(argv, {
    root: ROOT,
    print: (line) => void stdout.push(`${line}\n`),
    printError: (line) => void stderr.push(`${line}\n`),
  });
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

const CONTRACT = contractOf(
  { '/things': { get: echo() }, '/metrics': { get: { operationId: 'getMetrics', responses: RESPONSES } } },
  { components: { schemas: { Thing: { type: 'object', properties: { name: { type: 'string' } } } } } },
);
const BREAK: Edits = { '/paths/~1metrics': undefined };
const ADDITION: Edits = { '/components/schemas/Thing/properties/hint': { type: 'string' } };

describe('a release of the contract', () => {
  let folder: string;
  let contract: string;
  let released: string;

  /** Writes the contract with a version and edits. */
  function write(version: string, ...edits: readonly Edits[]): void {
    const changed = [{ '/info/version': version }, ...edits].reduce<object>(
      (made, step) => edited(made, step),
      CONTRACT,
    );
    writeFileSync(contract, stringify(changed, { aliasDuplicateObjects: false }));
  }
  const run = (command: string): Promise<Result> =>
    contractTool(command, '--contract', contract, '--released', released);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'payments-contract-'));
    contract = join(folder, 'openapi.yml');
    released = join(folder, 'released');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("is compared with this repository's contract, which breaks no client", async () => {
    const argv = ['--import', 'tsx', join(ROOT, 'scripts', 'contract.ts'), 'check'];
    // Rejects if the exit code is not 0.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { cwd: ROOT });
    expect(stdout).to.match(stderr === '' ? /: nothing breaks$/m : /: breaks, as its version says$/m);
  });

  it('is recorded once, and never replaced', async () => {
    write('1.0.0');
    expect((await run('release')).stdout).to.equal('1.0.0.yml: recorded; commit it\n');
    const kept = readFileSync(join(released, '1.0.0.yml'), 'utf8');
    expect(kept).to.equal(readFileSync(contract, 'utf8'));
    expect(await run('release')).to.deep.include({ code: 0, stdout: '1.0.0.yml: is recorded already\n' });

    write('1.0.0', ADDITION);
    const rejected = await run('release');
    expect(rejected.code).to.equal(1);
    expect(rejected.stderr).to.include('another contract was released as 1.0.0: this one needs a new version');
    expect(readFileSync(join(released, '1.0.0.yml'), 'utf8')).to.equal(kept);
  });

  for (const [before, after, isAllowed] of [
    ['1.4.2', '1.4.2', false],
    ['1.4.2', '1.4.3', false],
    ['1.4.2', '1.5.0', false],
    ['1.4.2', '2.0.0', true],
    ['0.4.2', '0.4.3', false],
    ['0.4.2', '0.5.0', true],
    ['0.4.2', '1.0.0', true],
  ] as const) {
    it(`may ${isAllowed ? '' : 'not '}break clients of ${before} as ${after}`, async () => {
      write(before);
      await run('release');
      write(after, BREAK);
      const { code, stderr, stdout } = await run('check');
      expect(stderr).to.include('GET /metrics: is gone');
      expect(code).to.equal(isAllowed ? 0 : 1);
      const part = before.startsWith('0') ? 'minor' : 'major';
      const verdict = isAllowed ? 'breaks, as its version says' : `or make it a new ${part} version`;
      expect(isAllowed ? stdout : stderr).to.include(verdict);
    });
  }

  it('may get additions without a new version, until they are released', async () => {
    write('1.0.0');
    await run('release');
    write('1.0.0', ADDITION);
    expect(await run('check')).to.deep.include({ code: 0, stderr: '' });
    write('1.1.0', ADDITION);
    expect((await run('release')).stdout).to.equal('1.1.0.yml: recorded; commit it\n');
    expect(readdirSync(released)).to.deep.equal(['1.0.0.yml', '1.1.0.yml']);
  });

  it('is compared with the last one by number, not alphabetically, and never goes back', async () => {
    for (const version of ['1.9.0', '1.10.0']) {
      write(version);
      await run('release');
    }
    expect((await run('check')).stdout).to.equal('contract 1.10.0 compared with the released 1.10.0: nothing breaks\n');
    write('1.9.1');
    expect(await run('check')).to.deep.include({
      code: 1,
      stderr: 'contract 1.9.1 compared with the released 1.10.0: a version must not decrease\n',
    });
  });

  it('must exist, be readable, have the version in its name, and be named by a version', async () => {
    write('1.0.0');
    expect((await run('check')).stderr).to.include('no contract has been released');
    await run('release');
    writeFileSync(join(released, '1.1.0.yml'), readFileSync(contract));
    expect((await run('check')).stderr).to.include("is 1.0.0, and the file's name says 1.1.0");
    write('next');
    expect((await run('check')).stderr).to.include('#/info/version: must be like 1.2.3');
    expect((await contractTool()).code).to.equal(2);
    expect((await contractTool('check', '--force')).code).to.equal(2);
    expect((await contractTool('forget')).stderr).to.include('usage: contract check|release');
  });
});
