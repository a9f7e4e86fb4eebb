import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { createPaymentCursors } from '../../src/payments/pages.js';
import { createRules } from '../../src/payments/rules.js';
import type { Problem } from '../support/http.js';
import { type Edits, edited } from './edits.js';
import { type Bench, startBench } from './kit.js';

const released = parse(readFileSync(new URL('../../api/openapi.yml', import.meta.url), 'utf8'));
const cursors = createPaymentCursors({ schema: null, table: 'payments' });
const cursor = cursors.list(undefined).encode({ kind: 'after', position: '12' });

describe('the rules of payments', () => {
  let bench: Bench;

  before(async () => {
    bench = await startBench();
  });
  after(() => bench.stop());

  /** Serves the contract of payments with edited parameters; the handlers return what they see. */
  async function serve(edits: Edits): Promise<void> {
    const generated = await bench.workshop.generate(edited(released, edits));
    if (!(generated instanceof Map)) throw new Error(JSON.stringify(generated));
    const authenticators = { operatorToken: () => ({ principal: 'operator' }) };
    await bench.serveGenerated(generated, { authenticators, rules: createRules(cursors) });
  }

  async function queryOf(query: string): Promise<unknown> {
    return (await bench.get(`/v1/payments?${query}`)).json<{ query: unknown }>().query;
  }

  it('let a default give way to a parameter that excludes it', async () => {
    await serve({
      '/components/parameters/Size/schema/default': 5,
      '/components/parameters/From/schema/default': 0,
    });
    expect(await queryOf('')).to.deep.equal({ size: 5, from: 0 });
    expect(await queryOf('to=3')).to.deep.equal({ to: 3, from: 0 });
    expect(await queryOf(`after=${cursor}`)).to.deep.equal({ after: cursor, size: 5 });
    await serve({ '/components/parameters/To/schema/default': 3 });
    expect(await queryOf(`after=${cursor}`)).to.deep.equal({ after: cursor });
    expect(await queryOf('size=2')).to.deep.equal({ size: 2 });
    expect(await queryOf('from=7')).to.deep.equal({ from: 7 });
  });

  it('reject parameters that exclude each other, defaults or not', async () => {
    await serve({ '/components/parameters/Size/schema/default': 5 });
    const { errors } = (await bench.get('/v1/payments?size=2&to=3')).json<Problem>();
    expect(errors?.map(({ pointer }) => pointer)).to.deep.equal(['/query/to']);
  });

  it('reject pages that no database has, whatever the contract accepts', async () => {
    const schema = { type: 'number' };
    const names = ['From', 'Size', 'To'];
    await serve(Object.fromEntries(names.map((name) => [`/components/parameters/${name}/schema`, schema])));
    for (const target of [
      'payments?size',
      'payments?from',
      'payments?to',
      'changes?size',
      'payments/a/versions?size',
    ]) {
      const name = target.split('?')[1];
      for (const value of ['1.5', '-1', '1e20', ...(name === 'from' ? [] : ['0'])]) {
        const { errors } = (await bench.get(`/v1/${target}=${value}`)).json<Problem>();
        expect(
          errors?.map(({ pointer }) => pointer),
          `${target}=${value}`,
        ).to.deep.equal([`/query/${name}`]);
      }
    }
    expect(await queryOf('size=2')).to.deep.equal({ size: 2 });
  });

  it('reject text that no database holds, whatever the contract accepts', async () => {
    const text = { type: 'string' };
    const properties = '/components/schemas/PaymentInput/properties';
    await serve({ [`${properties}/id`]: text, [`${properties}/organisation_id`]: text });
    const attributes = '{"amount":"1"}';
    const body = `{"data":{"id":"\\ud800","type":"Payment","organisation_id":"a\\u0000","attributes":${attributes}}}`;
    const pointersOf = async (sent: unknown) => {
      const { errors } = (await bench.post('/v1/payments', sent)).json<Problem>();
      return errors?.map(({ pointer }) => pointer);
    };
    expect(await pointersOf(body)).to.deep.equal(['/data/id', '/data/organisation_id']);
    const separator = { id: '', type: 'Payment', organisation_id: 'a\u001f', attributes: { amount: '1' } };
    expect(await pointersOf({ data: separator })).to.deep.equal(['/data/id', '/data/organisation_id']);
    // Text that no index holds.
    const [id, organisation_id] = ['é'.repeat(1024), `${'é'.repeat(1024)}a`];
    const long = { data: { id, type: 'Payment', organisation_id, attributes: { amount: '1' } } };
    expect(await pointersOf(long)).to.deep.equal(['/data/organisation_id']);
    // In parameters, too.
    await serve({
      ...Object.fromEntries(
        ['PaymentId', 'OrganisationId'].map((name) => [`/components/parameters/${name}/schema`, text]),
      ),
      ...Object.fromEntries(['Create', 'Delete'].map((kind) => [`/components/parameters/${kind}Key/schema`, text])),
    });
    const key = { 'Idempotency-Key': 'k'.repeat(2049) };
    for (const [method, target, headers, pointer] of [
      ['GET', 'payments/%00', {}, '/path/id'],
      ['GET', 'payments/%1F', {}, '/path/id'],
      ['DELETE', 'payments/a?version=0', { 'Idempotency-Key': '' }, '/header/idempotency-key'],
      ['GET', 'payments/%00/versions', {}, '/path/id'],
      ['DELETE', 'payments/a?version=0', key, '/header/idempotency-key'],
      ['GET', 'payments?organisation_id=%00', {}, '/query/organisation_id'],
      ['GET', 'changes?organisation_id=%00', {}, '/query/organisation_id'],
    ] as const) {
      const { errors } = (await bench.send(method, `/v1/${target}`, { headers })).json<Problem>();
      expect(errors?.map((error) => error.pointer)).to.deep.equal([pointer]);
    }
  });
});
