import { expect } from 'chai';
import type { Config } from '../../src/config/config.js';
import { type ConfigWorld, createConfigWorld } from './support.js';

interface Level {
  readonly kind: string;
  readonly name: string;
  readonly env: string;
  readonly field: keyof Config;
  /** The text and the value at each level, from the weakest to the strongest. */
  readonly fallback: unknown;
  readonly file: readonly [written: unknown, value: unknown];
  readonly environment: readonly [written: string, value: unknown];
  readonly flag: readonly [written: string, value: unknown];
}

const levels: readonly Level[] = [
  {
    kind: 'a string',
    name: 'api-version',
    env: 'PAYMENTS_API_VERSION',
    field: 'apiVersion',
    fallback: 'v1',
    file: ['v2', 'v2'],
    environment: ['v3', 'v3'],
    flag: ['v4', 'v4'],
  },
  {
    kind: 'an integer',
    name: 'max-results',
    env: 'PAYMENTS_MAX_RESULTS',
    field: 'maxResults',
    fallback: 20,
    file: [30, 30],
    environment: ['40', 40],
    flag: ['50', 50],
  },
  {
    kind: 'a switch, on over off',
    name: 'admin',
    env: 'PAYMENTS_ADMIN',
    field: 'admin',
    fallback: false,
    file: [true, true],
    environment: ['false', false],
    flag: ['true', true],
  },
  {
    kind: 'a switch, off over on',
    name: 'metrics',
    env: 'PAYMENTS_METRICS',
    field: 'metrics',
    fallback: false,
    file: [false, false],
    environment: ['true', true],
    flag: ['false', false],
  },
  {
    kind: 'an optional text that is turned off',
    name: 'limit',
    env: 'PAYMENTS_LIMIT',
    field: 'limit',
    fallback: null,
    file: ['5-S', { max: 5, windowSeconds: 1, text: '5-S' }],
    environment: ['6-m', { max: 6, windowSeconds: 60, text: '6-M' }],
    flag: ['', null],
  },
];

describe('the four sources of the configuration', () => {
  let world: ConfigWorld;

  beforeEach(() => {
    world = createConfigWorld();
  });

  afterEach(() => {
    world.remove();
  });

  for (const { kind, name, env, field, fallback, file, environment, flag } of levels) {
    it(`${kind}: flag over environment over file over default`, () => {
      const fileFlag = `--config=${world.write('levels.json', { [name]: file[0] })}`;
      const variables = { [env]: environment[0] };
      const flagText = `--${name}=${flag[0]}`;

      expect(world.load([])[field], 'default').to.deep.equal(fallback);
      expect(world.load([fileFlag])[field], 'file').to.deep.equal(file[1]);
      expect(world.load([], variables)[field], 'environment').to.deep.equal(environment[1]);
      expect(world.load([fileFlag], variables)[field], 'environment over file').to.deep.equal(environment[1]);
      expect(world.load([flagText])[field], 'flag').to.deep.equal(flag[1]);
      expect(world.load([fileFlag, flagText])[field], 'flag over file').to.deep.equal(flag[1]);
      expect(world.load([flagText], variables)[field], 'flag over environment').to.deep.equal(flag[1]);
      expect(world.load([fileFlag, flagText], variables)[field], 'flag over both').to.deep.equal(flag[1]);
    });
  }

  it('name the source of an invalid value', () => {
    const file = world.write('bad.json', { timeout: 'abc' });
    const said = (origin: string): string =>
      `timeout: takes seconds, an integer from 1 to 86400, not "abc" (from ${origin})`;
    expect(world.rejection(['--timeout', 'abc'])).to.equal(said('--timeout'));
    expect(world.rejection([], { PAYMENTS_TIMEOUT: 'abc' })).to.equal(said('PAYMENTS_TIMEOUT'));
    expect(world.rejection(['--config', file])).to.equal(said(file));
  });

  it('ignore an invalid value if a stronger source has a valid one', () => {
    expect(world.load(['--timeout', '5'], { PAYMENTS_TIMEOUT: 'abc' }).timeoutMs).to.equal(5000);
  });

  it('ignore the variables that Kubernetes sets for a service called payments', () => {
    const env = {
      PAYMENTS_PORT: 'tcp://10.0.0.1:80',
      PAYMENTS_SERVICE_HOST: '10.0.0.1',
      PAYMENTS_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(world.load([], env)).to.deep.equal(world.load([]));
  });
});
