import { aDeletedPayment, aPayment, reading, updating, updatingAtOnce } from './kit/payments.js';
import { exactlyOne, header, invalidFields, problem, status, thePayment } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const updateScenarios = feature(
  'Update a payment',

  scenario('an update replaces the attributes as a whole, and increments the version')
    .given(aPayment('rent'))
    .when(updating('rent', { organisation_id: 'another', attributes: { amount: '7', note: 'paid' } }))
    .expect(status(200), thePayment('rent', { version: 1 }), header('ETag', '"1"'))
    .when(reading('rent'))
    .expect(thePayment('rent', { version: 1, organisation_id: 'another', attributes: { amount: '7', note: 'paid' } })),

  scenario('updates follow each other')
    .given(aPayment('rent'), updating('rent'), updating('rent'))
    .when(updating('rent'))
    .expect(status(200), thePayment('rent', { version: 3 })),

  scenario('an update of an older version is rejected')
    .given(aPayment('rent'), updating('rent'))
    .when(updating('rent', { version: 0 }))
    .expect(problem(409, 'version_conflict')),

  scenario('of many concurrent updates of one version exactly one succeeds')
    .given(aPayment('rent'))
    .when(updatingAtOnce('rent', 8))
    .expect(exactlyOne(200, 409)),

  scenario('an update with a true precondition is executed')
    .given(aPayment('rent'))
    .when(updating('rent', {}, { 'If-Match': '"0"' }))
    .expect(status(200)),

  scenario('a failed precondition stops the update')
    .given(aPayment('rent'))
    .when(updating('rent', {}, { 'If-Match': '"1"' }))
    .expect(problem(412, 'precondition_failed')),

  scenario('the id of the path must be that of the payment')
    .given(aPayment('rent'))
    .when(updating('rent', { id: 'another' }))
    .expect(invalidFields('/data/id')),

  scenario('the version is required')
    .given(aPayment('rent'))
    .when(updating('rent', { version: undefined }))
    .expect(invalidFields('/data/version')),

  scenario('a payment that was deleted cannot be updated')
    .given(aDeletedPayment('rent'))
    .when(updating('rent'))
    .expect(problem(404, 'payment_not_found')),
);
