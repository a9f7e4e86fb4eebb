import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { STEPS, stampOf } from '../../scripts/ensure-built.js';

describe('what is generated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ensure-built-'));
  after(() => rmSync(folder, { recursive: true }));

  it('is stale once the contract or a file next to it has changed', () => {
    const generate = STEPS.find(({ script }) => script === 'generate');
    if (!generate) throw new Error('there is no step that generates');
    mkdirSync(join(folder, 'api'));
    const stamps = ['openapi.yml', 'parts.yml', 'parts.yml'].map((name, index) => {
      writeFileSync(join(folder, 'api', name), `version ${index}`);
      return stampOf(folder, generate);
    });
    expect(new Set(stamps).size).to.equal(3);
    expect(stampOf(folder, generate)).to.equal(stamps.at(-1));
  });
});
