import { expect } from 'chai';
import { createPaymentsClient } from '../src/index.js';

const PAYMENT = { id: '1', organisation_id: 'acme', attributes: { amount: '1' } };

/** A service that responds on command, and records the requests. */
function serviceInTheHand() {
  const sent: (string | null)[] = [];
  const waiting: ((token: string | null) => void)[] = [];
  const fetch = (request: Request): Promise<Response> => {
    sent.push(request.headers.get('Consistency-Token'));
    return new Promise((resolve) => {
      waiting.push((token) =>
        resolve(Response.json({ data: {} }, { headers: token === null ? {} : { 'Consistency-Token': token } })),
      );
    });
  };
  return {
    sent,
    /** Responds to a waiting request, counted from 0. */
    async respond(number: number, token: string | null): Promise<void> {
      while (waiting[number] === undefined) await new Promise(setImmediate);
      waiting[number](token);
    },
    payments: createPaymentsClient({ baseUrl: 'http://payments.example', fetch }),
  };
}

describe('the tokens of the client', () => {
  it('are sent with every later request, even those of responses that overtook each other', async () => {
    const { sent, respond, payments } = serviceInTheHand();
    const writes = [payments.create(PAYMENT), payments.create(PAYMENT)];
    // The older response arrives last, and must not replace the newer one.
    await respond(1, '11-1');
    await respond(0, '10-1');
    await Promise.all(writes);
    const read = payments.get('1');
    await respond(2, '12-1');
    await read;
    const again = payments.get('1');
    await respond(3, null);
    await again;
    const last = payments.get('1');
    await respond(4, '12-1');
    await last;
    expect(sent).to.deep.equal([null, null, '11-1, 10-1', '12-1', '12-1']);
  });

  it('become a single one if there are many', async () => {
    const { sent, respond, payments } = serviceInTheHand();
    const writes = Array.from({ length: 9 }, () => payments.create(PAYMENT));
    for (const number of writes.keys()) await respond(number, `${number}-1`);
    await Promise.all(writes);
    const crossing = [payments.get('1'), payments.get('1')];
    await respond(9, '20-1');
    await crossing[0];
    await respond(10, '19-1');
    await crossing[1];
    const last = payments.get('1');
    await respond(11, '20-1');
    await last;
    expect(sent.slice(9)).to.deep.equal(['latest', 'latest', '20-1, 19-1']);
  });

  it('are not sent if the service has none', async () => {
    const { sent, respond, payments } = serviceInTheHand();
    for (const number of [0, 1]) {
      const read = payments.get('1');
      await respond(number, null);
      await read;
    }
    expect(sent).to.deep.equal([null, null]);
  });
});
