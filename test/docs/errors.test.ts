import { expect } from 'chai';
import { parse } from 'yaml';
import { PROBLEMS } from '../../src/payments/problems.js';
import { firstColumn, read } from './markdown.js';

interface Contract {
  readonly components: {
    readonly schemas: { readonly ErrorCode: { readonly enum: readonly string[]; readonly description: string } };
  };
}

const page = read('docs/errors.md');
const contract: Contract = parse(read('api/openapi.yml'));
const { enum: codes, description } = contract.components.schemas.ErrorCode;

/** The codes and statuses of a table with the rows `code` | status | …. */
function statuses(markdown: string): Record<string, number> {
  const rows = markdown.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm);
  return Object.fromEntries([...rows].map(([, code = '', status]) => [code, Number(status)]));
}

const expected = Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));

describe('docs/errors.md', () => {
  it('lists the codes of the contract, each once', () => {
    expect([...firstColumn(page, 'Codes')].sort()).to.deep.equal([...codes].sort());
  });

  it('has the status that the service sends with each', () => {
    expect(statuses(page)).to.deep.equal(expected);
  });

  it('agrees with the table in the contract', () => {
    expect(statuses(description)).to.deep.equal(expected);
  });
});
