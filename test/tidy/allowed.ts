import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

/** One violation a line, after the name of its rule. Git merges it line by line (see .gitattributes). */
const FILE = fileURLToPath(new URL('allowed.txt', import.meta.url));

/**
 * Compares the violations of a rule with those in `allowed.txt`. New violations fail. So do unnecessary entries, so
 * that the list only gets shorter. `TIDY_UPDATE=1` removes them.
 *
 * @param rule - the prefix of this rule's lines
 * @param violations - the current ones
 */
export function expectOnlyAllowed(rule: string, violations: readonly string[]): void {
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  const found = new Set(violations.map((violation) => `${rule}: ${violation}`));
  const isStale = (line: string) => line.startsWith(`${rule}: `) && !found.has(line);
  const allowed = process.env.TIDY_UPDATE ? lines.filter((line) => !isStale(line)) : lines;
  if (allowed.length < lines.length) writeFileSync(FILE, allowed.map((line) => `${line}\n`).join(''));

  const added = [...found].filter((line) => !allowed.includes(line)).sort();
  expect(added, 'new violations').to.deep.equal([]);
  const hint = 'lines of test/tidy/allowed.txt that are no longer needed (TIDY_UPDATE=1 removes them)';
  expect(allowed.filter(isStale), hint).to.deep.equal([]);
}
