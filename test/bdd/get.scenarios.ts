import { header, noBody, problem, status, thePayment, thePaymentAsItWas } from './kit/answers.js';
import { aDeletedPayment, aPayment, reading, sending, updating } from './kit/payments.js';
import { feature, scenario } from './kit/scenario.js';

export const getScenarios = feature(
  'Get a payment',

  scenario('a payment that was created can be read, and a cache has to ask')
    .given(aPayment('rent'))
    .when(reading('rent'))
    .expect(status(200), thePaymentAsItWas('rent'), header('ETag', '"0"'), header('Cache-Control', 'no-cache')),

  scenario('any printable characters make an id')
    .given(aPayment('r/e?n#t %2F 家賃'))
    .when(reading('r/e?n#t %2F 家賃'))
    .expect(status(200), thePayment('r/e?n#t %2F 家賃')),

  scenario('who has the payment already is told so')
    .given(aPayment('rent'))
    .when(reading('rent', { 'If-None-Match': '"0"' }))
    .expect(status(304), header('ETag', '"0"'), noBody()),

  scenario('who has an older version is given the new one')
    .given(aPayment('rent'), updating('rent'))
    .when(reading('rent', { 'If-None-Match': '"0"' }))
    .expect(status(200), thePayment('rent', { version: 1 })),

  scenario('a payment that never was is not found').when(reading('rent')).expect(problem(404, 'payment_not_found')),

  scenario('a payment that was deleted is not found')
    .given(aDeletedPayment('rent'))
    .when(reading('rent'))
    .expect(problem(404, 'payment_not_found')),

  scenario('the client’s own request id comes back')
    .when(sending('GET', '/v1/payments/none', { headers: { 'X-Request-Id': 'scenario-1' } }))
    .expect(problem(404, 'payment_not_found'), header('X-Request-Id', 'scenario-1')),
);
