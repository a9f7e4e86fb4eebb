import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { CONTRACT, runDredd } from './run-dredd.js';

describe('Dredd, with a contract that the service violates', () => {
  it('finds a body and a header that the contract does not describe', async () => {
    const contract = parse(readFileSync(CONTRACT, 'utf8'));
    const { schemas, headers } = contract.components;
    schemas.Health.properties.status.enum = ['down'];
    headers['Cache-Control'].schema.enum = ['no-store'];
    const operations = ['/v1/payments', '/admin/repo', '/health/live'].map((path) => [path, contract.paths[path].get]);
    for (const [, operation] of operations) operation.responses = { 200: operation.responses[200] };
    contract.paths = Object.fromEntries(operations.map(([path, get]) => [path, { get }]));
    contract.paths['/admin/repo'].get.responses[200].headers['Retry-After'] = headers['Retry-After'];
    const folder = mkdtempSync(join(tmpdir(), 'payments-dredd-'));
    const changed = join(folder, 'changed.yml');
    writeFileSync(changed, stringify(contract, { aliasDuplicateObjects: false }));
    const { exitCode, output, outcomes } = await runDredd(changed);
    rmSync(folder, { recursive: true });

    expect(exitCode, output).to.equal(1);
    const messages = outcomes.map(({ message }) => message);
    expect(messages).to.have.lengthOf(3);
    expect(messages[0]).to.match(/Cache-Control must be equal to one of the allowed values: no-cache/);
    expect(messages[1]).to.match(/Retry-After is missing/);
    expect(messages[2]).to.match(/body: At '\/status' No enum match/);
  });
});
