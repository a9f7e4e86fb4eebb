import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  type Change,
  createPaymentsClient,
  type NewPayment,
  type Payment,
  PaymentsError,
  type TransportOptions,
} from '../src/index.js';
import { type RunningService, startService } from './service.js';

let sequence = 0;
const newPayment = (): NewPayment => ({
  id: `payment ${++sequence}/ü`,
  organisation_id: 'acme',
  attributes: { amount: '100.21', currency: 'GBP' },
});

/** The error of a failing call. */
async function failure(call: Promise<unknown>): Promise<PaymentsError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PaymentsError)) throw new Error('expected a PaymentsError', { cause: error });
  return error;
}

describe('the client', () => {
  let service: RunningService;
  before(async () => {
    service = await startService('--external-url', 'https://payments.example/behind/a/proxy');
  });
  after(() => service?.stop());

  const connect = (options: Partial<TransportOptions> = {}) =>
    createPaymentsClient({ baseUrl: service.url, baseDelayMs: 10, ...options });

  it('creates, reads, replaces and deletes', async () => {
    const payments = connect();
    const created = await payments.create(newPayment());
    expect(created).to.deep.include({ version: 0, attributes: { amount: '100.21', currency: 'GBP' } });
    expect(await payments.get(created.id)).to.deep.equal(created);
    const replaced = await payments.replace({ ...created, attributes: { amount: '5' } });
    expect(replaced).to.deep.equal({ ...created, version: 1, attributes: { amount: '5' } });
    await payments.delete(replaced);
    expect(await failure(payments.get(created.id))).to.include({ code: 'payment_not_found', status: 404 });
  });

  it('fails with the code, every error and the request id', async () => {
    const payments = connect();
    const broken = { ...newPayment(), id: '', attributes: { amount: '-1' } };
    const invalid = await failure(payments.create(broken, { requestId: 'my-own-id' }));
    expect(invalid).to.include({ code: 'validation_failed', status: 400, requestId: 'my-own-id' });
    expect(invalid.errors.map(({ pointer }) => pointer)).to.have.members(['/data/id', '/data/attributes/amount']);

    const payment = await payments.create(newPayment());
    expect(await failure(payments.create(payment))).to.include({ code: 'payment_exists', outcomeUnknown: false });
    await payments.replace(payment);
    expect(await failure(payments.replace(payment))).to.include({ code: 'version_conflict' });
    expect(await failure(payments.delete(payment))).to.include({ code: 'version_conflict' });
  });

  it('reads a payment again only if it changed', async () => {
    const payments = connect();
    const payment = await payments.create(newPayment());
    expect(await payments.getIfChanged(payment)).to.equal(null);
    const changed = await payments.replace(payment);
    expect(await payments.getIfChanged(payment)).to.deep.equal(changed);
  });

  it('makes every one of many concurrent changes', async () => {
    const payments = connect();
    const { id } = await payments.create({ ...newPayment(), attributes: { amount: '1', count: 0 } });
    const increment = ({ organisation_id, attributes }: Payment) => ({
      organisation_id,
      attributes: { ...attributes, count: Number(attributes['count']) + 1 },
    });
    await Promise.all(Array.from({ length: 8 }, () => payments.update(id, increment, { conflictRetries: 50 })));
    expect(await payments.get(id)).to.deep.include({ version: 8, attributes: { amount: '1', count: 8 } });
  });

  it('gives up on a conflict after the configured number of attempts', async () => {
    const payments = connect();
    const { id } = await payments.create(newPayment());
    let attempts = 0;
    const beaten = async (payment: Payment) => {
      attempts++;
      await payments.replace(payment);
      return payment;
    };
    expect(await failure(payments.update(id, beaten, { conflictRetries: 2 }))).to.include({ code: 'version_conflict' });
    expect(attempts).to.equal(3);
  });

  it('iterates over all payments, whatever URL of the service the links have', async () => {
    const payments = connect();
    const mine: string[] = [];
    for (let i = 0; i < 23; i++) mine.push((await payments.create(newPayment())).id);
    const seen: string[] = [];
    for await (const { id } of payments.all({ size: 5 })) seen.push(id);
    expect(seen.filter((id) => mine.includes(id))).to.deep.equal(mine);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('reads single pages, forwards and backwards', async () => {
    const payments = connect();
    const mine = { organisationId: `pages-${Date.now()}` };
    for (let i = 0; i < 3; i++) await payments.create({ ...newPayment(), organisation_id: mine.organisationId });
    const first = await payments.page({ ...mine, size: 2 });
    expect(first.payments).to.have.length(2);
    expect(first.previous).to.equal(null);
    const second = await payments.page(first.next);
    expect(second.payments).to.have.length(1);
    expect((await payments.page(second.previous ?? {})).payments).to.deep.equal(first.payments);
    expect((await payments.page(second.next)).payments).to.deep.equal([]);
    const byOffset = await payments.page({ ...mine, from: 1, size: 1 });
    expect(byOffset.payments).to.deep.equal(first.payments.slice(1));
    expect((await payments.page(byOffset.next)).payments).to.deep.equal(second.payments);
  });

  it('iterates over the payments of one organisation', async () => {
    const payments = connect();
    const created = await payments.create({ ...newPayment(), organisation_id: 'only this one' });
    await payments.create(newPayment());
    const seen: Payment[] = [];
    for await (const payment of payments.all({ organisationId: 'only this one', size: 1 })) seen.push(payment);
    expect(seen).to.deep.equal([created]);
  });

  it('reads the versions of a payment, even after it was deleted', async () => {
    const payments = connect();
    const created = await payments.create(newPayment());
    const replaced = await payments.replace({ ...created, attributes: { amount: '5' } });
    await payments.delete(replaced);
    const versions: Change[] = [];
    for await (const change of payments.versions(created.id)) versions.push(change);
    expect(versions.map(({ kind }) => kind)).to.deep.equal(['created', 'updated', 'deleted']);
    expect(versions.map(({ payment }) => payment)).to.deep.equal([created, replaced, replaced]);
    expect(await failure(payments.versions('never there').next())).to.include({ code: 'payment_not_found' });
  });

  it('follows the changes, those that exist and new ones', async () => {
    const payments = connect();
    const [newest] = (await payments.changesPage()).changes.slice(-1);
    const organisation_id = `feed-${Date.now()}`;
    const first = await payments.create({ ...newPayment(), organisation_id });
    const leaving = new AbortController();
    const seen: string[] = [];
    const reader = (async () => {
      const options = { wait: 30, size: 1, organisationId: organisation_id, signal: leaving.signal };
      for await (const { kind, payment, position } of payments.changes(
        newest ? { ...options, after: newest.position } : options,
      )) {
        seen.push(`${kind} ${payment.id}`);
        expect(position).to.be.a('string');
        if (seen.length === 1) await payments.create({ ...newPayment(), id: `${first.id} 2`, organisation_id });
        if (seen.length === 2) void payments.delete(first);
        if (seen.length === 3) leaving.abort(new Error('enough'));
      }
    })();
    expect(await reader.catch(({ message }) => message)).to.equal('enough');
    expect(seen).to.deep.equal([`created ${first.id}`, `created ${first.id} 2`, `deleted ${first.id}`]);
  });

  it('leaves nothing of a finished call at a signal that lives longer', async () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 3; call++) await connect().page({}, { signal });
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    // Signals that depend on this one, which Node 22 never forgets.
    const fields = Object.getOwnPropertySymbols(signal).map((field) => Object(Reflect.get(signal, field)));
    expect(fields.filter(({ size = 0 }) => size > 0).length).to.equal(0);
  });

  it('adds one listener to a signal, however many calls share it', async () => {
    const { signal } = new AbortController();
    const counts: number[] = [];
    const payments = connect({
      async fetch(request) {
        counts.push(getEventListeners(signal, 'abort').length);
        return fetch(request);
      },
    });
    await Promise.all(Array.from({ length: 12 }, () => payments.page({}, { signal })));
    expect(new Set(counts)).to.deep.equal(new Set([1]));
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('ends the changes if it does not wait', async () => {
    const payments = connect();
    const created = await payments.create(newPayment());
    const ids: string[] = [];
    for await (const { payment } of payments.changes({ size: 3 })) ids.push(payment.id);
    expect(ids.at(-1)).to.equal(created.id);
  });

  it('takes attributes of the user’s type', async () => {
    interface Invoice {
      readonly amount: string;
      readonly lines: readonly { readonly text: string }[];
    }
    const payments = createPaymentsClient<Invoice>({ baseUrl: service.url });
    const { id } = await payments.create({ ...newPayment(), attributes: { amount: '1', lines: [{ text: 'tea' }] } });
    const [line] = (await payments.get(id)).attributes.lines;
    expect(line?.text).to.equal('tea');
  });

  it('takes a JSON parser whose numbers are objects', async () => {
    const asObject = (_: string, value: unknown) =>
      typeof value === 'number' ? { valueOf: () => value, toString: () => String(value), toJSON: () => value } : value;
    const payments = connect({ json: { parse: (text) => JSON.parse(text, asObject), stringify: JSON.stringify } });
    const created = await payments.create(newPayment());
    expect(created.version).to.be.an('object');
    const changed = await payments.update(created.id, (payment) => payment);
    expect(await payments.getIfChanged(changed)).to.equal(null);
    await payments.delete(await payments.replace(changed));
    expect(await failure(payments.get(created.id))).to.include({ code: 'payment_not_found' });
  });

  it('loses no attribute, whatever its name', async () => {
    const payments = createPaymentsClient({ baseUrl: service.url });
    const attributes = JSON.parse('{"amount":"1","__proto__":{"a":1},"constructor":"b"}');
    await payments.create({ id: 'strange names', organisation_id: 'acme', attributes });
    const updated = await payments.update('strange names', (payment) => payment);
    expect(JSON.stringify(updated.attributes)).to.equal('{"amount":"1","__proto__":{"a":1},"constructor":"b"}');
  });

  describe('when responses get lost', () => {
    /** Forwards requests, and loses the response of the first one with this method. */
    function losingOne(method: string) {
      let lost = false;
      const sent: Request[] = [];
      async function fetchAndLose(request: Request): Promise<Response> {
        sent.push(request.clone());
        const response = await fetch(request);
        if (lost || request.method !== method) return response;
        lost = true;
        await response.arrayBuffer();
        throw new TypeError('the connection broke');
      }
      return { fetch: fetchAndLose, sent };
    }
    const headerOf = (sent: readonly Request[], name: string) => new Set(sent.map(({ headers }) => headers.get(name)));

    it('creates once, and returns the first response', async () => {
      const payment = newPayment();
      const losing = losingOne('POST');
      expect(await connect(losing).create(payment)).to.deep.equal({ ...payment, type: 'Payment', version: 0 });
      expect(losing.sent).to.have.length(2);
      expect(headerOf(losing.sent, 'idempotency-key').size).to.equal(1);
    });

    it('does not take another client’s payment for its own', async () => {
      const theirs = await connect().create(newPayment());
      expect(await failure(connect(losingOne('POST')).create(theirs))).to.include({ code: 'payment_exists' });
    });

    it('replaces once, whatever others have written since', async () => {
      const payments = connect();
      const payment = await payments.create(newPayment());
      const losing = losingOne('PUT');
      const client = connect({
        async fetch(request) {
          const isRetry = losing.sent.length > 0;
          if (isRetry) await payments.replace({ ...payment, version: 1, attributes: { amount: '9' } });
          return losing.fetch(request);
        },
      });
      const replaced = await client.replace({ ...payment, attributes: { amount: '7' } });
      expect(replaced).to.deep.equal({ ...payment, version: 1, attributes: { amount: '7' } });
      expect(await payments.get(payment.id)).to.deep.include({ version: 2, attributes: { amount: '9' } });
    });

    it('deletes once', async () => {
      const payments = connect();
      const payment = await payments.create(newPayment());
      await connect(losingOne('DELETE')).delete(payment);
      expect(await failure(payments.get(payment.id))).to.include({ code: 'payment_not_found' });
    });

    it('executes once what is repeated under the caller’s own key', async () => {
      const payments = connect();
      const payment = newPayment();
      const created = await payments.create(payment, {
        idempotencyKey: `key of ${payment.id}`.replaceAll(/[^!-~]/g, '-'),
      });
      const again = await payments.create(payment, {
        idempotencyKey: `key of ${payment.id}`.replaceAll(/[^!-~]/g, '-'),
      });
      expect(again).to.deep.equal(created);
    });

    it('sends an empty key, which the service rejects, rather than none', async () => {
      const creation = connect().create(newPayment(), { idempotencyKey: '' });
      expect((await failure(creation)).errors.map(({ pointer }) => pointer)).to.deep.equal(['/header/idempotency-key']);
    });

    it('sends all attempts of a call with one request id, and each write with another key', async () => {
      const { fetch: losing, sent } = losingOne('GET');
      const payments = connect({ fetch: losing });
      await payments.all().next();
      const requestIds = headerOf(sent, 'x-request-id');
      expect(requestIds.size).to.equal(1);
      expect([...requestIds][0]).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      sent.splice(0);
      await payments.create(newPayment());
      await payments.create(newPayment());
      expect(headerOf(sent, 'idempotency-key').size).to.equal(2);
    });

    it('sees every change exactly once, whatever fails meanwhile', async () => {
      const payments = connect();
      const organisationId = `lossy-${Date.now()}`;
      const ids: string[] = [];
      for (let i = 0; i < 9; i++)
        ids.push((await payments.create({ ...newPayment(), organisation_id: organisationId })).id);
      let requests = 0;
      const failing = connect({
        retries: 0,
        maxDelayMs: 5,
        async fetch(request) {
          requests += 1;
          if (requests % 4 === 1) throw new TypeError('no connection');
          if (requests % 4 === 2) return new Response('<h1>Bad Gateway</h1>', { status: 502 });
          const response = await fetch(request);
          if (requests % 4 === 3) throw new TypeError('the connection broke');
          return response;
        },
      });
      const seen: string[] = [];
      for await (const { payment } of failing.changes({ organisationId, size: 2 })) seen.push(payment.id);
      expect(seen).to.deep.equal(ids);
    });

    it('ends the changes if the request is wrong', async () => {
      const wrong = await failure(connect().changes({ after: 'no position' }).next());
      expect(wrong).to.include({ status: 400, code: 'validation_failed' });
    });
  });
});
