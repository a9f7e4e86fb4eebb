import { aDeletedPayment, aPayment, reading, sending, updating } from './kit/payments.js';
import { header, noBody, problem, status, thePayment, thePaymentAsItWas } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const getScenarios = feature(
  'Get a payment',

  scenario('a created payment can be read, and caches must revalidate it')
    .given(aPayment('rent'))
    .when(reading('rent'))
    .expect(status(200), thePaymentAsItWas('rent'), header('ETag', '"0"'), header('Cache-Control', 'no-cache')),

  scenario('an id may have any printable characters')
    .given(aPayment('r/e?n#t %2F 家賃'))
    .when(reading('r/e?n#t %2F 家賃'))
    .expect(status(200), thePayment('r/e?n#t %2F 家賃')),

  scenario('a client that has the current version gets a 304')
    .given(aPayment('rent'))
    .when(reading('rent', { 'If-None-Match': '"0"' }))
    .expect(status(304), header('ETag', '"0"'), noBody()),

  scenario('a client that has an older version gets the new one')
    .given(aPayment('rent'), updating('rent'))
    .when(reading('rent', { 'If-None-Match': '"0"' }))
    .expect(status(200), thePayment('rent', { version: 1 })),

  scenario('a payment that never existed is not found').when(reading('rent')).expect(problem(404, 'payment_not_found')),

  scenario('a payment that was deleted is not found')
    .given(aDeletedPayment('rent'))
    .when(reading('rent'))
    .expect(problem(404, 'payment_not_found')),

  scenario('the client’s own request id is returned')
    .when(sending('GET', '/v1/payments/none', { headers: { 'X-Request-Id': 'scenario-1' } }))
    .expect(problem(404, 'payment_not_found'), header('X-Request-Id', 'scenario-1')),
);
