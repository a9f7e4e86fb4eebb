import { expect } from 'chai';
import { helpText } from '../../src/config/help.js';
import { allSettings, envName, schema, settings } from '../../src/config/settings.js';

describe('the help', () => {
  const help = helpText();

  for (const { name, env, doc, default: fallback, defaultDoc, format } of allSettings) {
    it(`lists --${name} with its default and its environment variable`, () => {
      const flag = format.isSwitch ? `--${name}` : `--${name} ${format.hint}`;
      const shown = defaultDoc ?? fallback;
      expect(shown, 'a default in words or as text').to.be.a('string').and.not.equal('');
      expect(help).to.contain(`\n  ${flag}\n      ${doc} (default: ${shown})\n      ${env}\n`);
    });
  }

  it('lists no flag that is not a setting, but for the three that are none', () => {
    const listed = [...help.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, name]) => name);
    expect(listed.slice().sort()).to.deep.equal([...Object.keys(schema), 'config', 'help', 'version'].sort());
  });

  it('names the commands, fits a terminal, and holds nothing of convict', () => {
    expect(help).to.match(/^Usage: payments-api /);
    expect(help).to.match(/^ {2}serve .*^ {2}migrate up\|down\|status .*^ {2}openapi /ms);
    for (const line of help.split('\n')) expect(line.length, line).to.be.at.most(120);
  });
});

describe('the table of settings', () => {
  it('names each field after its flag, and each variable after it too', () => {
    for (const [field, { name, env }] of Object.entries(settings)) {
      expect(name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())).to.equal(field);
      expect(env)
        .to.equal(envName(name))
        .and.to.match(/^PAYMENTS_[A-Z0-9_]+$/);
    }
  });

  it('has no setting whose variable Kubernetes sets by itself', () => {
    for (const { env } of allSettings) expect(env).not.to.match(/^PAYMENTS_(PORT|SERVICE_)/);
  });

  it('marks what may hold a secret', () => {
    const secret = allSettings.filter(({ sensitive }) => sensitive).map(({ name }) => name);
    expect(secret).to.have.members(['admin-token', 'repo-uri', 'limit-store']);
  });
});
