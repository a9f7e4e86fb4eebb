import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isLoopback, loadConfig } from '../../src/config/config.js';
import { product } from '../../src/payments/resource.js';
import { type ConfigWorld, createConfigWorld, rejectionOf } from './support.js';

const repositoryRoot = join(import.meta.dirname, '../..');

describe('configuration files', () => {
  let world: ConfigWorld;

  beforeEach(() => {
    world = createConfigWorld();
  });

  afterEach(() => {
    world.remove();
  });

  it('takes a path, relative to the working directory or absolute', () => {
    const file = world.write('deep/own.json', { timeout: 7 });
    expect(world.load(['--config', 'deep/own.json'])).to.include({ timeoutMs: 7000, configFile: file });
    expect(world.load(['--config', './deep/own']).configFile).to.equal(file);
    expect(world.load(['--config', file]).timeoutMs).to.equal(7000);
    expect(world.load([], { PAYMENTS_CONFIG: file }).timeoutMs).to.equal(7000);
  });

  it('takes a bare name under config/, first of the working directory, then of the package', () => {
    const packaged = world.write('../package/config/stage.json', { timeout: 8 });
    expect(world.load(['--config', 'stage'])).to.include({ timeoutMs: 8000, configFile: packaged });
    const own = world.write('config/stage.json', { timeout: 9 });
    expect(world.load(['--config', 'stage'])).to.include({ timeoutMs: 9000, configFile: own });
    expect(world.load(['--config=stage.json']).configFile).to.equal(own);
  });

  it('reads config/<NODE_ENV>.json if it exists', () => {
    const packaged = world.write('../package/config/stage.json', { timeout: 8 });
    const env = { NODE_ENV: 'stage' };
    expect(world.load([], env)).to.include({ timeoutMs: 8000, configFile: packaged });
    expect(world.load([], { NODE_ENV: 'other' })).to.include({ timeoutMs: 60_000, configFile: null });
    expect(world.load([], { NODE_ENV: '../package/config/stage' }).configFile).to.equal(null);
    expect(world.load(['--config='], env).configFile).to.equal(null);
    const own = world.write('own.json', { timeout: 7 });
    expect(world.load(['--config', './own.json'], env)).to.include({ timeoutMs: 7000, configFile: own });
  });

  it('takes values of their natural JSON type or as strings', () => {
    world.write('config/natural.json', { 'max-results': 50, admin: true, 'reply-check': 0.5, limit: '' });
    world.write('config/strings.json', { 'max-results': '50', admin: 'true', 'reply-check': '0.5', limit: 'off' });
    for (const name of ['natural.json', 'strings.json']) {
      const config = world.load(['--config', name]);
      expect(config).to.include({ maxResults: 50, admin: true, replyCheck: 0.5, limit: null });
    }
  });

  it('accepts a byte order mark', () => {
    world.write('config/bom.json', '\uFEFF{"timeout": 7}');
    expect(world.load(['--config', 'bom.json']).timeoutMs).to.equal(7000);
  });

  it('rejects a missing file, and names the paths it tried', () => {
    expect(world.rejection(['--config', 'nowhere'])).to.match(
      /^config: takes .*, not "nowhere" \(from --config\): no such file/,
    );
    expect(world.rejection(['--config', './no/where.json'])).to.contain(join(world.cwd, 'no/where.json'));
    const { cwd } = world;
    const sources = { product, flags: new Map([['config', 'nowhere']]), env: {}, cwd, packageRoot: cwd };
    expect(rejectionOf(() => loadConfig(sources))).to.contain(`(looked for ${join(cwd, 'config/nowhere')})`);
    mkdirSync(join(world.cwd, 'config/folder'), { recursive: true });
    expect(world.rejection(['--config', 'folder'])).to.contain('cannot be read (EISDIR)');
  });

  const broken: readonly (readonly [content: string, message: string])[] = [
    ['', 'is not valid JSON'],
    ['{"admin-token": "hunter2" oops}', 'is not valid JSON'],
    ['[]', 'takes a JSON object of settings'],
    ['null', 'takes a JSON object of settings'],
    ['"x"', 'takes a JSON object of settings'],
    ['{"max_results": 5}', 'unknown setting "max_results": did you mean max-results?'],
    ['{"zzzzzzzz": 5}', 'unknown setting "zzzzzzzz": --help lists all settings'],
    ['{"__proto__": {"admin": true}}', 'unknown setting "__proto__"'],
    ['{"config": "x"}', 'unknown setting "config"'],
    ['{"timeout": null}', 'timeout takes a string, a number or a boolean'],
    ['{"cors-origin": ["https://a.example"]}', 'cors-origin takes a string, a number or a boolean'],
    ['{"timeout": {"a": 1}}', 'timeout takes a string, a number or a boolean'],
    ['{"timeout": 5, "timeout": 6}', 'timeout appears twice'],
    ['{"admin-token": 123456789012345678901}', 'admin-token is a number with more digits'],
  ];
  for (const [content, message] of broken) {
    it(`rejects ${JSON.stringify(content)}`, () => {
      const file = world.write('broken.json', content);
      const rejection = world.rejection(['--config', file]);
      expect(rejection)
        .to.match(new RegExp(`^config file ${file}: `))
        .and.contain(message);
      expect(rejection).not.to.contain('hunter2');
    });
  }

  it('rejects numbers that are not integers, and booleans in place of a number', () => {
    for (const value of [1.5, 1e21, -1, true]) {
      const file = world.write('bad.json', { timeout: value });
      expect(world.rejection(['--config', file])).to.equal(
        `timeout: takes seconds, an integer from 1 to 86400, not "${value}" (from ${file})`,
      );
    }
  });

  it('rejects an unreadable file', () => {
    expect(world.rejection(['--config', world.cwd])).to.equal(`config file ${world.cwd}: cannot be read (EISDIR)`);
  });

  for (const name of ['development', 'production']) {
    it(`config/${name}.json of the package is valid`, () => {
      const env = { NODE_ENV: name };
      const config = loadConfig({ product, flags: new Map(), env, cwd: world.cwd, packageRoot: repositoryRoot });
      const file = join(repositoryRoot, 'config', `${name}.json`);
      expect(config.configFile).to.equal(file);
      const isOpen = config.admin || config.metrics || config.profiling || config.console;
      expect(!isOpen || isLoopback(config.listen), 'operators’ endpoints only for this machine').to.equal(true);
      expect(readFileSync(file, 'utf8')).not.to.match(/token|uri|trust-proxy/);
    });
  }
});
