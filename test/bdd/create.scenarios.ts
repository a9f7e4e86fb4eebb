import { aDeletedPayment, aPayment, creating, creatingAtOnce, reading, sending } from './kit/payments.js';
import { exactlyOne, header, invalidFields, problem, status, text, thePayment } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const createScenarios = feature(
  'Create a payment',

  scenario('a new payment is returned with its URL and its first version')
    .when(creating('rent'))
    .expect(
      status(201),
      thePayment('rent', { version: 0, organisation_id: 'the organisation' }),
      header('ETag', '"0"'),
      header('Location', /^http.*\/v1\/payments\/rent%20/),
    ),

  scenario('the server sets the version, whatever the client sends')
    .when(creating('rent', { version: 41 }))
    .expect(status(201), thePayment('rent', { version: 0 })),

  scenario('attributes of the client are kept')
    .when(creating('rent', { attributes: { amount: '0012.50', tags: ['home', null], payer: { name: 'Ö' } } }))
    .expect(thePayment('rent', { attributes: { amount: '0012.50', tags: ['home', null], payer: { name: 'Ö' } } })),

  scenario('an existing id is rejected, and its payment stays')
    .given(aPayment('rent'))
    .when(creating('rent', { attributes: { amount: '1' } }))
    .expect(problem(409, 'payment_exists'))
    .when(reading('rent'))
    .expect(thePayment('rent', { attributes: { amount: '100.21', currency: 'GBP' } })),

  scenario('the id of a deleted payment is never reused')
    .given(aDeletedPayment('rent'))
    .when(creating('rent'))
    .expect(problem(409, 'payment_exists')),

  scenario('ids that differ only in letter case are different')
    .given(aPayment('rent'))
    .when(creating('RENT'))
    .expect(status(201)),

  scenario('of many creates of one id at once exactly one succeeds')
    .when(creatingAtOnce('rent', 8))
    .expect(exactlyOne(201, 409)),

  scenario('every error of a request is reported at once')
    .when(creating('rent', { type: 'Refund', organisation_id: ' ', attributes: { amount: '-1' } }))
    .expect(
      problem(400, 'validation_failed'),
      invalidFields('/data/type', '/data/organisation_id', '/data/attributes/amount'),
    ),

  scenario('a body that is not JSON is rejected')
    .when(sending('POST', '/v1/payments', { body: '{"data":' }))
    .expect(problem(400, 'malformed_json')),

  scenario('a body of another media type is rejected')
    .when(sending('POST', '/v1/payments', { body: 'amount=1', headers: { 'Content-Type': 'text/plain' } }))
    .expect(problem(415, 'unsupported_media_type')),

  scenario('an error is a problem document if the client accepts that')
    .when(sending('POST', '/v1/payments', { body: '{}', headers: { Accept: 'application/problem+json' } }))
    .expect(status(400), header('Content-Type', 'application/problem+json'), text('/data')),
);
