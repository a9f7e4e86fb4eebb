import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { nameOf, readDocumentedReplies } from './documented-replies.js';
import type { Outcome } from './hooks.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = join(ROOT, 'api', 'openapi.yml');
const TIMEOUT_MS = 120_000;

describe('Dredd', function () {
  this.timeout(TIMEOUT_MS);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'payments-dredd-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs Dredd as its users do: its own program, and dredd.yml but for the contract. */
  async function runDredd(contract: string) {
    const config = join(folder, 'dredd.yml');
    const report = join(folder, 'report.json');
    writeFileSync(config, stringify({ ...parse(readFileSync(join(ROOT, 'dredd.yml'), 'utf8')), blueprint: contract }));
    writeFileSync(report, '[]');
    const program = join(dirname(createRequire(import.meta.url).resolve('dredd/package.json')), 'bin', 'dredd');
    const child = spawn(process.execPath, [program, '--no-color', '--config', config], {
      cwd: ROOT,
      env: { ...process.env, DREDD_REPORT: report },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [exitCode] = await once(child, 'close');
    const outcomes: readonly Outcome[] = JSON.parse(readFileSync(report, 'utf8'));
    return { exitCode, output, outcomes };
  }

  it('finds every documented answer of every operation to be as it is documented', async () => {
    const documented = readDocumentedReplies(CONTRACT);
    const { exitCode, output, outcomes } = await runDredd(CONTRACT);

    expect(
      outcomes.filter(({ isValid }) => !isValid),
      output,
    ).to.deep.equal([]);
    expect(exitCode, output).to.equal(0);
    expect(output).to.include(
      `complete: ${documented.length} passing, 0 failing, 0 errors, 0 skipped, ${documented.length} total`,
    );
    // What was really answered, whatever Dredd had been told to expect.
    expect(
      outcomes.map(({ name, actualStatus, actualMediaType }) => ({ name, actualStatus, actualMediaType })),
    ).to.have.deep.members(
      documented.map((reply) => ({
        name: nameOf(reply),
        actualStatus: reply.status,
        actualMediaType: reply.mediaType,
      })),
    );
    // What was held against its schema: Dredd by itself would look at an example only.
    expect(outcomes.filter(({ hasSchema }) => hasSchema).map(({ name }) => name)).to.have.members(
      documented.filter(({ mediaType }) => mediaType?.endsWith('json')).map(nameOf),
    );
  });

  it('finds a body, and a header, that the contract does not foresee', async () => {
    const contract = parse(readFileSync(CONTRACT, 'utf8'));
    const { schemas, headers } = contract.components;
    schemas.Health.properties.status.enum = ['down'];
    headers['Cache-Control'].schema.enum = ['no-store'];
    const operations = ['/v1/payments', '/admin/repo', '/health/live'].map((path) => [path, contract.paths[path].get]);
    for (const [, operation] of operations) operation.responses = { 200: operation.responses[200] };
    contract.paths = Object.fromEntries(operations.map(([path, get]) => [path, { get }]));
    contract.paths['/admin/repo'].get.responses[200].headers['Retry-After'] = headers['Retry-After'];
    const changed = join(folder, 'changed.yml');
    writeFileSync(changed, stringify(contract, { aliasDuplicateObjects: false }));

    const { exitCode, output, outcomes } = await runDredd(changed);

    expect(exitCode, output).to.equal(1);
    const messages = outcomes.map(({ message }) => message);
    expect(messages).to.have.lengthOf(3);
    expect(messages[0]).to.match(/Cache-Control must be equal to one of the allowed values: no-cache/);
    expect(messages[1]).to.match(/Retry-After is missing/);
    expect(messages[2]).to.match(/body: At '\/status' No enum match/);
  });
});
