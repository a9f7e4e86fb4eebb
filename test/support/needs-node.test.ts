import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { findProgram, needsPrograms } from './programs.js';

// programs.test.ts runs this again with an empty PATH.
describe('a search for programs', () => {
  it('finds no missing program', () => {
    expect(findProgram('no-program-has-such-a-name')).to.equal(null);
  });
});

needsPrograms(
  ['node'],
  describe('tests that need a program on the PATH', () => {
    const run = (program: string): string => execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();

    it('can run it by its name', () => {
      expect(run('node')).to.match(/^v\d+/);
    });

    it('can run it by its path', () => {
      expect(run(findProgram('node') ?? '')).to.equal(run('node'));
    });
  }),
);
