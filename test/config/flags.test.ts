import { expect } from 'chai';
import { settingsOf } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';
import { settingsFrom } from '../support/config.js';
import { rejectionOf } from './support.js';

describe('flags', () => {
  const given: readonly (readonly [argv: readonly string[], values: Record<string, string>])[] = [
    [[], {}],
    [['--admin'], { admin: 'true' }],
    [['--admin=true'], { admin: 'true' }],
    [['--admin', 'true'], { admin: 'true' }],
    [['--admin', 'false'], { admin: 'false' }],
    [['--admin', 'FALSE', '--cors'], { admin: 'FALSE', cors: 'true' }],
    [['--trust-proxy', '2', '--admin'], { 'trust-proxy': '2', admin: 'true' }],
    [['--trust-proxy', '10.0.0.0/8'], { 'trust-proxy': '10.0.0.0/8' }],
    [['--trust-proxy', '--admin'], { 'trust-proxy': 'true', admin: 'true' }],
    [['--admin=false'], { admin: 'false' }],
    [['--no-admin'], { admin: 'false' }],
    [['-no-admin'], { admin: 'false' }],
    [['-admin'], { admin: 'true' }],
    [['-admin=false'], { admin: 'false' }],
    [['-listen', ':8080'], { listen: ':8080' }],
    [['-listen=:8080'], { listen: ':8080' }],
    [['--listen', ':8080', '--metrics'], { listen: ':8080', metrics: 'true' }],
    [['--limit='], { limit: '' }],
    [['--limit', ''], { limit: '' }],
    [['--timeout', '-5'], { timeout: '-5' }],
    [['--repo-uri=postgres://h/d?a=b'], { 'repo-uri': 'postgres://h/d?a=b' }],
    [['--timeout', '1', '-timeout=2'], { timeout: '2' }],
    [['--admin', '--no-admin'], { admin: 'false' }],
    [['--no-admin', '-admin'], { admin: 'true' }],
    [['--config', 'production'], { config: 'production' }],
  ];
  for (const [argv, values] of given) {
    it(`reads ${JSON.stringify(argv)}`, () => {
      expect(Object.fromEntries(settingsFrom(argv))).to.deep.equal(values);
    });
  }

  it('reads each setting with one dash', () => {
    for (const { name } of settingsOf(product)) {
      expect(Object.fromEntries(settingsFrom([`-${name}=1`]))).to.deep.equal({ [name]: '1' });
    }
  });

  const rejected: readonly (readonly [argv: readonly string[], message: string])[] = [
    [['--hlp'], 'unknown flag "--hlp": did you mean --help?'],
    [['--limt', '5-S'], 'unknown flag "--limt": did you mean --limit?'],
    [['--max_results=5'], 'unknown flag "--max_results": did you mean --max-results?'],
    [['-maxResults=5'], 'unknown flag "--maxResults": did you mean --max-results?'],
    [['--Admin'], 'unknown flag "--Admin": did you mean --admin?'],
    [['--adminn-token=hunter2'], 'unknown flag "--adminn-token": did you mean --admin-token?'],
    [['--adm'], 'unknown flag "--adm": did you mean --admin?'],
    [['--log'], 'unknown flag "--log": did you mean --log-level?'],
    [['-V'], 'unknown flag "-V": did you mean --version?'],
    [['-x'], 'unknown flag "-x": --help lists all of them'],
    [['--zzzzzzzz'], 'unknown flag "--zzzzzzzz": --help lists all of them'],
    [['--constructor'], 'unknown flag "--constructor": --help lists all of them'],
    [['--a\nb=1'], 'unknown flag "--a\\nb": --help lists all of them'],
    [['--port', '80'], 'unknown flag "--port": did you mean --listen?'],
    [['--database-url=postgres://h/d'], 'unknown flag "--database-url": did you mean --repo-uri?'],
    [['serv'], 'unexpected argument "serv": settings are given as --name value'],
    [['-'], 'unexpected argument "-": settings are given as --name value'],
    [['--timeout'], '--timeout needs a value: it takes seconds, an integer from 1 to 86400'],
    [['--timeout', '--admin'], '--timeout needs a value: it takes seconds, an integer from 1 to 86400'],
    [['--config'], '--config needs a value: it takes a file'],
    [['--no-admin=true'], '--no-admin takes no value'],
  ];
  for (const [argv, message] of rejected) {
    it(`rejects ${JSON.stringify(argv)}`, () => {
      expect(rejectionOf(() => settingsFrom(argv))).to.equal(message);
    });
  }

  it('rejects --no- before a setting that is not boolean', () => {
    expect(rejectionOf(() => settingsFrom(['--no-listen']))).to.match(/^unknown flag "--no-listen"/);
  });

  it('hides the password of a connection string that is an argument', () => {
    const message = rejectionOf(() => settingsFrom(['--repo-uri=', 'postgres://user:hunter2@host/db']));
    expect(message).to.contain('postgres://user:***@host/db').and.not.contain('hunter2');
  });
});
