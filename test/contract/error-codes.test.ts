import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { REPO_PROBLEMS } from '../../src/http/problems.js';
import { PROBLEMS } from '../../src/payments/problems.js';
import { ROOT } from '../support/program.js';

interface ErrorCodeSchema {
  readonly enum: readonly string[];
  readonly description: string;
}
const contractText = await readFile(join(ROOT, 'api', 'openapi.yml'), 'utf8');
const errorCode: ErrorCodeSchema = parse(contractText).components.schemas.ErrorCode;

/** Codes with their statuses, from Markdown tables: `| code | status |`, in either order. */
function tabulated(markdown: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of markdown.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const code = cells.find((cell) => /^`[a-z_]+`$/.test(cell))?.slice(1, -1);
    const status = cells.find((cell) => /^[45]\d\d$/.test(cell));
    if (code && status) found.set(code, Number(status));
  }
  return found;
}

describe('the error codes', () => {
  const codes = Object.keys(PROBLEMS);
  const statuses = new Map(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));

  it('in the code and in the contract are one set', () => {
    expect([...errorCode.enum].sort()).to.deep.equal([...codes].sort());
  });

  it("have the status in the contract's table", () => {
    const table = tabulated(errorCode.description);
    expect(Object.fromEntries(table)).to.deep.equal(Object.fromEntries(statuses));
  });

  it("in the contract's text all exist", () => {
    const named = Array.from(contractText.matchAll(/urn:problem:payments-api:([a-z_]+)|`code: ([a-z_]+)`/g));
    for (const [, urn, code] of named) expect(codes).to.include(urn ?? code);
    expect(named.length).to.be.greaterThan(0);
  });

  it("in the documentation's tables have the same statuses", async () => {
    const files = [
      'README.md',
      ...(await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
    ];
    for (const file of files) {
      // Additions in a how-to's diffs do not exist yet.
      const text = (await readFile(join(ROOT, file), 'utf8').catch(() => '')).replaceAll(/^```diff$.*?^```$/gms, '');
      for (const [code, status] of tabulated(text))
        expect([code, statuses.get(code)], file).to.deep.equal([code, status]);
    }
  });

  it('are each used by the service', async () => {
    const sources = await readdir(join(ROOT, 'src'), { recursive: true });
    const texts = await Promise.all(
      sources
        .filter((name) => name.endsWith('.ts') && name !== 'problems.ts')
        .map((name) => readFile(join(ROOT, 'src', name), 'utf8')),
    );
    const all = texts.join('\n');
    const fromRepo = Object.values(REPO_PROBLEMS).map(([code]) => code);
    for (const code of codes)
      expect(all.includes(`'${code}'`) || fromRepo.some((known) => known === code), code).to.equal(true);
  });

  it('that are temporary say when to retry', () => {
    for (const { status, retryAfterSeconds } of Object.values(PROBLEMS)) {
      if (status === 503) expect(retryAfterSeconds).to.be.greaterThan(0);
    }
  });
});
