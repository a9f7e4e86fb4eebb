import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createProgram, parseCommandLine } from '../../src/cli/program.js';
import { defaultText, environmentName, settings, settingsOf } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';

const all = settingsOf(product);

/** The output of a command line. */
function printed(...argv: string[]): string {
  let text = '';
  const print = (line: string) => {
    text += `${line}\n`;
  };
  expect(parseCommandLine({ product, version: '1.2.3', print }, argv)).to.equal(null);
  return text;
}

describe('the help', () => {
  const help = printed('--help');
  /** Without line breaks within a paragraph. */
  const flat = help.replaceAll(/\s+/g, ' ');

  for (const setting of all) {
    it(`lists --${setting.name} with its default and its environment variable`, () => {
      const { name, doc, format } = setting;
      const flag = format.isSwitch ? `--${name} [${format.hint}]` : `--${name} <${format.hint}>`;
      const text = `${doc} (default: ${defaultText(setting)}; ${environmentName(product, name)})`;
      expect(flat).to.contain(`${flag} ${text}`);
    });
  }

  it('lists no flag that is not a setting, except three', () => {
    const listed = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name]) => name);
    expect(listed).to.have.members([...all.map(({ name }) => name), 'config', 'help', 'version']);
  });

  it('names the commands and fits a terminal', () => {
    expect(help).to.match(/^Usage: payments-api /);
    expect(help).to.match(/^ {2}serve .*^ {2}migrate .*^ {2}openapi /ms);
    for (const line of help.split('\n')) expect(line.length, line).to.be.at.most(120);
  });

  it('is as wide as the terminal, from 72 columns to 110', () => {
    const widest = (columns: number) => {
      let widest = 0;
      const print = (text: string) => {
        widest = Math.max(widest, ...text.split('\n').map((line) => line.length));
      };
      const stdout = () => Object.assign(new Writable(), { columns });
      parseCommandLine({ product, version: '', print, stdout }, ['--help']);
      return widest;
    };
    expect(widest(40)).to.be.within(60, 72);
    expect(widest(80)).to.be.within(70, 80);
    expect(widest(500)).to.be.within(100, 110);
  });

  it('is also printed for help, -h and -help', () => {
    for (const argv of [['help'], ['-h'], ['-help'], ['--admin', '--help']]) expect(printed(...argv)).to.equal(help);
  });

  it('of a command shows only its own flags', () => {
    for (const argv of [
      ['export', '--help'],
      ['help', 'export'],
    ]) {
      const text = printed(...argv);
      expect(text)
        .to.match(/^Usage: payments-api export /)
        .and.contain('--after <order>');
      expect(text).not.to.contain('--listen');
    }
    expect(printed('migrate', '-h')).to.match(/^Usage: payments-api migrate up\|down\|status /);
  });

  it('is not printed by --version', () => {
    for (const argv of [['--version'], ['-v'], ['-version']]) expect(printed(...argv)).to.equal('1.2.3\n');
  });
});

describe('the table of settings', () => {
  it('has environment variables in capitals, and none that Kubernetes sets', () => {
    for (const { name } of all) {
      expect(environmentName(product, name))
        .to.match(/^PAYMENTS_[A-Z0-9_]+$/)
        .and.not.match(/^PAYMENTS_(PORT|SERVICE_)/);
    }
  });

  it('has a setting for the table of the main resource', () => {
    const names = settingsOf({ ...product, mainResource: 'orders' }).map(({ name }) => name);
    expect(names).to.have.length(Object.keys(settings).length + 1);
    expect(names).to.include('repo-schema-orders');
  });

  it('marks settings that may contain a secret', () => {
    const secret = all.filter(({ sensitive }) => sensitive).map(({ name }) => name);
    expect(secret).to.have.members(['admin-token', 'repo-uri', 'repo-read-uri', 'limit-store']);
  });

  it('lists exactly what the program accepts', () => {
    const flags = createProgram({ product, version: '', print: () => {} }).options.map((option) => option.name());
    expect(flags).to.include.members(all.map(({ name }) => name));
  });
});
