import { anEmptyRepository } from './kit/admin.js';
import { aDeletedPayment, aPayment, creating, listing, sending } from './kit/payments.js';
import { json, noBody, status, thePage } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const adminScenarios = feature(
  'Admin',

  scenario('live payments are counted, deleted ones are not')
    .given(anEmptyRepository(), aPayment('a'), aPayment('b'), aDeletedPayment('c'))
    .when(sending('GET', '/admin/repo'))
    .expect(status(200), json({ count: 2 })),

  scenario('everything can be deleted')
    .given(aPayment('a'))
    .when(sending('DELETE', '/admin/repo'))
    .expect(status(204), noBody())
    .when(sending('GET', '/admin/repo'))
    .expect(json({ count: 0 }))
    .when(listing())
    .expect(thePage()),

  scenario('ids are free again after everything was deleted')
    .given(aPayment('a'), aDeletedPayment('b'), anEmptyRepository())
    .when(creating('a'))
    .expect(status(201))
    .when(creating('b'))
    .expect(status(201)),
);
