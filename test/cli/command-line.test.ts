import { expect } from 'chai';
import { parseCommandLine } from '../../src/cli/program.js';
import { product } from '../../src/payments/resource.js';
import { rejectionOf } from '../config/support.js';

function parse(...argv: string[]) {
  const parsed = parseCommandLine({ product, version: '', print: () => {} }, argv);
  if (!parsed) throw new Error('it was printed');
  const { operands, own, settings } = parsed.line;
  return { operands, own, settings: Object.fromEntries(settings) };
}

describe('the command line', () => {
  const FILE = { operands: [], own: { file: 'a.txt' }, settings: {} };

  for (const argv of [
    ['--file', 'a.txt'],
    ['--file=a.txt'],
    ['-file', 'a.txt'],
    ['-file=a.txt'],
    ['--file', 'x', '--file', 'a.txt'],
  ]) {
    it(`has a command's own flags: ${argv.join(' ')}`, () => {
      expect(parse('export', ...argv)).to.deep.equal(FILE);
    });
  }

  it("takes settings before and after the command's flags", () => {
    expect(parse('export', '--admin', '--file', '-', '--repo-uri', 'a.db')).to.deep.equal({
      operands: [],
      own: { file: '-' },
      settings: { admin: 'true', 'repo-uri': 'a.db' },
    });
  });

  it('has operands', () => {
    expect(parse('migrate', 'up', '--repo-uri', 'a.db')).to.include.deep.keys({ operands: ['up'] });
    expect(rejectionOf(() => parse('migrate'))).to.equal('migrate takes up, down or status');
    expect(rejectionOf(() => parse('migrate', 'sideways'))).to.equal('migrate takes up, down or status');
    expect(rejectionOf(() => parse('completion', 'cmd'))).to.equal('completion takes bash, zsh or fish');
  });

  it('prints the same help for every way to request it', () => {
    const printed = [['help'], ['help', 'help'], ['--help']].map((argv) => {
      const texts: string[] = [];
      expect(parseCommandLine({ product, version: '', print: (text) => texts.push(text) }, argv)).to.equal(null);
      return texts.join('');
    });
    expect(printed[0]).to.match(/^Usage: payments-api/);
    expect(new Set(printed).size).to.equal(1);
  });

  it('serves if no command is given', () => {
    expect(parse()).to.deep.equal({ operands: [], own: {}, settings: {} });
    expect(parse('-listen', ':0')).to.deep.equal({ operands: [], own: {}, settings: { listen: ':0' } });
  });

  for (const [argv, message] of [
    [['exprt'], '"exprt" is not a command: did you mean export?'],
    [['help', 'exprt'], '"exprt" is not a command: did you mean export?'],
    [['hlp'], '"hlp" is not a command: did you mean help?'],
    [['sevre'], '"sevre" is not a command: did you mean serve?'],
    [['export', '--fil', 'x'], 'unknown flag "--fil": did you mean --file?'],
    [['start'], '"start" is not a command: did you mean serve?'],
    [['export', '--file'], '--file needs a value: it takes a path'],
    [['export', '--file', '--admin'], '--file needs a value: it takes a path'],
    [['verify', '--file', 'x'], 'unknown flag "--file": did you mean --repo-uri?'],
    [['check', '-x'], 'unknown flag "-x": --help lists all of them'],
  ] as const) {
    it(`rejects ${argv.join(' ')}`, () => {
      expect(rejectionOf(() => parse(...argv))).to.equal(message);
    });
  }
});
