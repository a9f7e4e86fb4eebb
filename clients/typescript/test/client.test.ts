import { expect } from 'chai';
import { type RunningService, startService } from '../../../test/sdk/service.js';
import {
  createPaymentsClient,
  type NewPayment,
  type Payment,
  PaymentsError,
  type TransportOptions,
} from '../src/index.js';

let sequence = 0;
const newPayment = (): NewPayment => ({
  id: `payment ${++sequence}/ü`,
  organisation_id: 'acme',
  attributes: { amount: '100.21', currency: 'GBP' },
});

/** The error that a call fails with. */
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

  it('fails with the code, every fault and the request id', async () => {
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

  it('reads a payment again only where it changed', async () => {
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

  it('gives up on a conflict after as many attempts as it was told', async () => {
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

  it('walks over all payments, wherever the links say the service is', async () => {
    const payments = connect();
    const mine: string[] = [];
    for (let i = 0; i < 23; i++) mine.push((await payments.create(newPayment())).id);
    const seen: string[] = [];
    for await (const { id } of payments.all({ size: 5 })) seen.push(id);
    expect(seen.filter((id) => mine.includes(id))).to.deep.equal(mine);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  describe('when answers get lost', () => {
    /** Lets requests through, and loses the answer of the first one with this method. */
    function losingOne(method: string) {
      let lost = false;
      const requestIds = new Set<string | null>();
      async function fetchAndLose(request: Request): Promise<Response> {
        requestIds.add(request.headers.get('x-request-id'));
        const response = await fetch(request);
        if (lost || request.method !== method) return response;
        lost = true;
        await response.arrayBuffer();
        throw new TypeError('the connection broke');
      }
      return { fetch: fetchAndLose, requestIds };
    }

    it('finds that a create happened', async () => {
      const payment = newPayment();
      const created = await connect(losingOne('POST')).create(payment);
      expect(created).to.deep.equal({ ...payment, type: 'Payment', version: 0 });
    });

    it("does not take somebody else's payment for its own", async () => {
      const theirs = await connect().create(newPayment());
      const mine = { ...theirs, attributes: { amount: '0.01' } };
      expect(await failure(connect(losingOne('POST')).create(mine))).to.include({ code: 'payment_exists' });
    });

    it('finds that a replacement happened, once', async () => {
      const payment = await connect().create(newPayment());
      const replaced = await connect(losingOne('PUT')).replace({ ...payment, attributes: { amount: '7' } });
      expect(replaced).to.deep.equal({ ...payment, version: 1, attributes: { amount: '7' } });
    });

    it('reports a conflict where another replacement won', async () => {
      const payments = connect();
      const payment = await payments.create(newPayment());
      const { fetch: losing } = losingOne('PUT');
      const beaten = connect({
        async fetch(request) {
          if (request.method === 'PUT')
            await payments.replace({ ...payment, attributes: { amount: '9' } }).catch(() => {});
          return losing(request);
        },
      });
      expect(await failure(beaten.replace(payment))).to.include({ code: 'version_conflict' });
    });

    it('finds that a deletion happened', async () => {
      const payments = connect();
      const payment = await payments.create(newPayment());
      await connect(losingOne('DELETE')).delete(payment);
      expect(await failure(payments.get(payment.id))).to.include({ code: 'payment_not_found' });
    });

    it('sends all attempts of a call under one id', async () => {
      const { fetch: losing, requestIds } = losingOne('GET');
      await connect({ fetch: losing }).all().next();
      expect(requestIds.size).to.equal(1);
      expect([...requestIds][0]).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });
  });
});
