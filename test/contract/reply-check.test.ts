import { expect } from 'chai';
import { contract, type OperationId } from '../../src/contract/contract.js';
import { createReplyCheck, type ReplyCheckResult } from '../../src/contract/reply.js';
import type { AnyReply, ProblemDetails } from '../../src/contract/types.js';
import { ProblemFormat, problem } from '../../src/http/problems.js';
import { PROBLEMS, paymentProblem } from '../../src/payments/problems.js';

const { operations } = contract;
const problems = new ProblemFormat('payments-api', PROBLEMS);
const renderProblem = (details: ProblemDetails, status: number) => problems.json(details, 'id', status);
const cached = { ETag: '"0"', 'Cache-Control': 'no-cache' };

describe('the check of replies', () => {
  function operationOf(id: OperationId) {
    const operation = operations.find(({ operationId }) => operationId === id);
    if (!operation) throw new Error(`there is no operation ${id}`);
    return operation;
  }

  function check(id: OperationId, reply: AnyReply, share = 1): ReplyCheckResult[] {
    const results: ReplyCheckResult[] = [];
    createReplyCheck({ share, renderProblem, onResult: (result) => results.push(result) })(operationOf(id), reply);
    return results;
  }

  const payment = { id: 'a', version: 0, type: 'Payment', organisation_id: 'o', attributes: { amount: '1' } };
  const body = { data: payment, links: { self: 'http://localhost:8080/v1/payments/a' } };

  const FITTING: readonly [name: string, id: OperationId, reply: AnyReply][] = [
    ['a payment', 'getPayment', { status: 200, headers: cached, body }],
    ['a payment as text', 'getPayment', { status: 200, headers: cached, body: JSON.stringify(body) }],
    ['no body on 204', 'deletePayment', { status: 204 }],
    ['no body on 304', 'getPayment', { status: 304, headers: cached }],
    ['an error', 'getPayment', paymentProblem('payment_not_found', 'There is none.')],
    [
      'an error with invalid fields',
      'createPayment',
      problem('validation_failed', 'No.', [{ pointer: '/a', detail: 'b' }]),
    ],
    ['plain text', 'getMetrics', { status: 200, contentType: 'text/plain; version=0.0.4', body: 'a 1' }],
  ];
  for (const [name, id, reply] of FITTING) {
    it(`${name} is valid`, () => {
      expect(check(id, reply)).to.deep.equal([{ operationId: id, status: reply.status, error: null }]);
    });
  }

  const INVALID: readonly [name: string, id: OperationId, reply: AnyReply, found: RegExp][] = [
    ['an undocumented status', 'getPayment', { status: 201, body }, /status is not documented/],
    ['an error that the operation does not document', 'getLiveness', problem('overloaded', 'No.'), /not documented/],
    ['a body on 204', 'deletePayment', { status: 204, body: {} }, /body where none/],
    ['no body on 200', 'getPayment', { status: 200, headers: cached }, /body is missing/],
    ['a property that is missing', 'getPayment', { status: 200, headers: cached, body: { data: payment } }, /links/],
    ['a property too many', 'getRepo', { status: 200, body: { count: 1, more: 2 } }, /additional properties/],
    ['a wrong type', 'getRepo', { status: 200, body: { count: '1' } }, /\/count must be integer/],
    [
      'a broken rule deep inside',
      'getPayment',
      { status: 200, headers: cached, body: { ...body, data: { ...payment, version: -1 } } },
      /version/,
    ],
    [
      'a required header that is missing',
      'getPayment',
      { status: 304, headers: { ETag: '"0"' } },
      /Cache-Control is missing/,
    ],
    [
      'a header of another value',
      'getPayment',
      { status: 304, headers: { ...cached, 'Cache-Control': 'x' } },
      /header/,
    ],
    ['text that is not JSON', 'getRepo', { status: 200, body: '{' }, /cannot be checked/],
    [
      'another media type',
      'getPayment',
      { status: 200, headers: cached, body: 'x', contentType: 'text/html' },
      /text\/html/,
    ],
  ];
  for (const [name, id, reply, found] of INVALID) {
    it(`${name} is invalid`, () => {
      const [result] = check(id, reply);
      expect(result?.error).to.match(found);
    });
  }

  it('never throws, and never changes a reply', () => {
    const hostile = Object.freeze({
      status: 200,
      get body(): string {
        throw new Error('no body');
      },
    });
    expect(check('getRepo', hostile)[0]?.error).to.equal('the reply cannot be checked: no body');
    const frozen = Object.freeze({ status: 200, body: Object.freeze({ count: 1 }) });
    expect(check('getRepo', frozen)[0]?.error).to.equal(null);
  });

  it('checks the configured share', () => {
    const count = (share: number) =>
      Array.from({ length: 400 }, () => check('getRepo', { status: 200, body: { count: 1 } }, share).length).filter(
        Boolean,
      ).length;
    expect(count(0)).to.equal(0);
    expect(count(1)).to.equal(400);
    expect(count(0.5)).to.be.within(100, 300);
  });
});
