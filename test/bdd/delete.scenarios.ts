import { aDeletedPayment, aPayment, deleting, reading, updating } from './kit/payments.js';
import { invalidFields, noBody, problem, status } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const deleteScenarios = feature(
  'Delete a payment',

  scenario('a payment that is deleted is gone')
    .given(aPayment('rent'))
    .when(deleting('rent'))
    .expect(status(204), noBody())
    .when(reading('rent'))
    .expect(problem(404, 'payment_not_found')),

  scenario('a payment cannot be deleted twice')
    .given(aDeletedPayment('rent'))
    .when(deleting('rent'))
    .expect(problem(404, 'payment_not_found')),

  scenario('a delete of an older version is rejected, and the payment stays')
    .given(aPayment('rent'), updating('rent'))
    .when(deleting('rent', '?version=0'))
    .expect(problem(409, 'version_conflict'))
    .when(reading('rent'))
    .expect(status(200)),

  scenario('the version is required')
    .given(aPayment('rent'))
    .when(deleting('rent', ''))
    .expect(invalidFields('/query/version')),

  scenario('a failed precondition stops the delete')
    .given(aPayment('rent'))
    .when(deleting('rent', '?version=0', { 'If-Match': '"1"' }))
    .expect(problem(412, 'precondition_failed')),
);
