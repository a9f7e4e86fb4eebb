import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';

/** `domain/etag.test.ts` has the syntax of the headers. */
describe('conditional requests', () => {
  let api: CheckedService;

  before(async () => {
    api = await startChecked();
  });
  after(() => api.stop());

  /** Creates a payment and updates it to a version. */
  async function paymentAt(version: number): Promise<string> {
    const id = freshId();
    await api.post('/v1/payments', paymentBody({ id }));
    for (let at = 0; at < version; at++) await api.put(`/v1/payments/${id}`, paymentBody({ id, version: at }));
    return id;
  }

  const codeOf = (reply: Reply) => (reply.text === '' ? null : (reply.json<Partial<Problem>>().code ?? null));
  const outcome = (reply: Reply) => ({ status: reply.status, code: codeOf(reply) });

  describe('If-None-Match on GET', () => {
    // The payment is at version 1.
    const CASES: readonly [header: string, status: 200 | 304][] = [
      ['"1"', 304],
      ['"0", W/"1"', 304],
      ['"0"', 200],
    ];

    let id: string;
    before(async () => {
      id = await paymentAt(1);
    });

    for (const [header, status] of CASES) {
      it(`${header} is ${status}`, async () => {
        for (const method of ['GET', 'HEAD']) {
          const reply = await api.send(method, `/v1/payments/${id}`, { headers: { 'If-None-Match': header } });
          expect(reply.status).to.equal(status);
          expect(reply.headers).to.include({ etag: '"1"', 'cache-control': 'no-cache' });
          if (status === 304) {
            expect(reply.text).to.equal('');
            expect(reply.headers).to.not.have.any.keys('content-type', 'content-length', 'transfer-encoding');
          }
        }
      });
    }

    it('given twice are one list', async () => {
      const reply = await api.get(`/v1/payments/${id}`, { 'If-None-Match': ['"0"', '"1"'] });
      expect(reply.status).to.equal(304);
    });

    it('is 404 if there is no such payment, whatever the header is', async () => {
      for (const header of ['*', '"0"']) {
        const reply = await api.get(`/v1/payments/${freshId()}`, { 'If-None-Match': header });
        expect(outcome(reply)).to.deep.equal({ status: 404, code: 'payment_not_found' });
      }
    });
  });

  describe('If-Match on PUT and DELETE', () => {
    // The payment is at version 1, and so is the request.
    const CASES: readonly [header: string, holds: boolean][] = [
      ['"0", "1"', true],
      ['*', true],
      ['"0"', false],
      ['W/"1"', false],
    ];

    for (const [header, holds] of CASES) {
      it(`${header} ${holds ? 'matches' : 'is 412, and nothing happens'}`, async () => {
        const id = await paymentAt(1);
        const url = `/v1/payments/${id}`;
        const headers = { 'If-Match': header };
        const updated = await api.put(url, paymentBody({ id, version: 1, organisation_id: 'changed' }), headers);
        if (holds) {
          expect(updated.headers.etag).to.equal('"2"');
          const deleted = await api.delete(`${url}?version=2`, { 'If-Match': header.replace('"1"', '"2"') });
          expect(deleted.status).to.equal(204);
          return;
        }
        expect(outcome(updated)).to.deep.equal({ status: 412, code: 'precondition_failed' });
        const deleted = await api.delete(`${url}?version=1`, headers);
        expect(outcome(deleted)).to.deep.equal({ status: 412, code: 'precondition_failed' });
        const stored = await api.get(url);
        expect(stored.headers.etag).to.equal('"1"');
        expect(stored.json()).to.not.have.nested.property('data.organisation_id', 'changed');
      });
    }

    // The stored version is 1. Precondition and version may both be wrong; the precondition takes precedence.
    const BOTH: readonly [header: string, version: number, status: number][] = [
      ['"1"', 0, 409],
      ['"1"', 2, 409],
      ['*', 0, 409],
      ['"0"', 0, 412],
      ['"2"', 2, 412],
      ['"0"', 2, 412],
      ['"2"', 1, 412],
    ];
    for (const [header, version, status] of BOTH) {
      it(`${header} with version ${version} is ${status} if version 1 is stored`, async () => {
        const id = await paymentAt(1);
        const headers = { 'If-Match': header };
        const updated = await api.put(`/v1/payments/${id}`, paymentBody({ id, version }), headers);
        const deleted = await api.delete(`/v1/payments/${id}?version=${version}`, headers);
        expect([updated.status, deleted.status]).to.deep.equal([status, status]);
      });
    }

    it('is 404 rather than 412 if there is no such payment, or it was deleted', async () => {
      const deleted = await paymentAt(0);
      await api.delete(`/v1/payments/${deleted}?version=0`);
      for (const id of [freshId(), deleted]) {
        for (const header of ['"0"', '"9"', 'W/"0"', '*']) {
          const headers = { 'If-Match': header };
          for (const reply of [
            await api.put(`/v1/payments/${id}`, paymentBody({ id, version: 0 }), headers),
            await api.delete(`/v1/payments/${id}?version=0`, headers),
          ]) {
            expect(outcome(reply), header).to.deep.equal({ status: 404, code: 'payment_not_found' });
          }
        }
      }
    });

    it('is checked only in a valid request', async () => {
      const id = await paymentAt(0);
      const reply = await api.put(`/v1/payments/${id}`, paymentBody({ id }), { 'If-Match': '"9"' });
      expect(outcome(reply)).to.deep.equal({ status: 400, code: 'validation_failed' });
    });
  });

  describe('an invalid list of entity tags', () => {
    for (const header of ['1', '"1', '1"', 'w/"1"', '"1" "2"', '*, "1"', '"a b"', '', 'null', "'1'", ',', 'W/ "1"']) {
      it(`${JSON.stringify(header)} is 400 and names the header`, async () => {
        const id = await paymentAt(0);
        const url = `/v1/payments/${id}`;
        for (const [name, reply] of [
          ['if-none-match', await api.get(url, { 'If-None-Match': header })],
          ['if-match', await api.put(url, paymentBody({ id, version: 0 }), { 'If-Match': header })],
          ['if-match', await api.delete(`${url}?version=0`, { 'If-Match': header })],
        ] as const) {
          expect(outcome(reply)).to.deep.equal({ status: 400, code: 'validation_failed' });
          expect(reply.json<Problem>().errors?.map(({ pointer }) => pointer)).to.deep.equal([`/header/${name}`]);
        }
        expect((await api.get(url)).headers.etag).to.equal('"0"');
      });
    }
  });
});
