import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { contractBreaks } from '../../scripts/compatibility/contracts.js';
import { documentErrors } from '../../scripts/generate/contract.js';
import type { Document } from '../../scripts/generate/model/document.js';
import { type Edits, edited } from './edits.js';
import { BREAKS, HARMLESS } from './planted-changes.js';

const contractFile = fileURLToPath(new URL('../../api/openapi.yml', import.meta.url));
const unchanged: Document = parse(readFileSync(contractFile, 'utf8'));
const contract = (...edits: readonly Edits[]): Document => edits.reduce<Document>(edited, unchanged);

/** A planted contract must be valid. */
function expectUsable(document: Document): void {
  expect(documentErrors(document)).to.deep.equal([]);
}

describe('a change of the contract', () => {
  it('is none if nothing was changed', () => {
    expect(contractBreaks(contract(), contract())).to.deep.equal([]);
  });

  for (const { name, before = {}, after, says } of BREAKS) {
    it(`breaks clients: ${name}`, () => {
      const [released, current] = [contract(before), contract(before, after)];
      expectUsable(current);
      const found = contractBreaks(released, current).map(({ where, what }) => `${where}: ${what}`);
      expect(found).to.include(says);
    });
  }

  for (const { name, before = {}, after } of HARMLESS) {
    it(`is harmless: ${name}`, () => {
      const [released, current] = [contract(before), contract(before, after)];
      expect(current).not.to.deep.equal(released);
      expectUsable(current);
      expect(contractBreaks(released, current)).to.deep.equal([]);
    });
  }

  it('breaks one side if something becomes narrower or wider', () => {
    for (const { name, before = {}, after, isOneWay } of BREAKS) {
      if (!isOneWay) continue;
      expect(contractBreaks(contract(before, after), contract(before)), `${name}, backwards`).to.deep.equal([]);
    }
    expect(BREAKS.filter(({ isOneWay }) => isOneWay).length).to.be.greaterThan(15);
  });
});
