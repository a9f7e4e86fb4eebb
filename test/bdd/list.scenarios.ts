import { anEmptyRepository } from './kit/admin.js';
import { aDeletedPayment, aPayment, deleting, following, listing } from './kit/payments.js';
import { invalidFields, links, status, thePage } from './kit/replies.js';
import { feature, scenario, steps } from './kit/scenario.js';

const threePayments = steps(
  'the payments a, b, c alone',
  anEmptyRepository(),
  aPayment('a'),
  aPayment('b'),
  aPayment('c'),
);

export const listScenarios = feature(
  'List payments',

  scenario('an empty repository gives an empty page')
    .given(anEmptyRepository())
    .when(listing())
    .expect(status(200), thePage(), links('self', 'next')),

  scenario('payments are listed in order of creation')
    .given(threePayments)
    .when(listing())
    .expect(status(200), thePage('a', 'b', 'c')),

  scenario('deleted payments are not listed')
    .given(threePayments, aDeletedPayment('d'), deleting('b'))
    .when(listing())
    .expect(thePage('a', 'c')),

  scenario('links lead through the pages in both directions')
    .given(threePayments)
    .when(listing('?size=2'))
    .expect(thePage('a', 'b'), links('self', 'next'))
    .when(following('next'))
    .expect(thePage('c'), links('self', 'next', 'prev'))
    .when(following('prev'))
    .expect(thePage('a', 'b')),

  scenario('after the last page, a link leads to later payments')
    .given(threePayments)
    .when(listing(), following('next'))
    .expect(thePage())
    .given(aPayment('d'))
    .when(following('next'))
    .expect(thePage('d')),

  scenario('paging misses and repeats nothing while payments are created and deleted')
    .given(threePayments)
    .when(listing('?size=1'))
    .expect(thePage('a'))
    .given(deleting('a'), aPayment('d'))
    .when(following('next'))
    .expect(thePage('b'))
    .when(following('next'))
    .expect(thePage('c')),

  scenario('a page can be requested by its offset')
    .given(threePayments)
    .when(listing('?from=1&size=1'))
    .expect(thePage('b'), links('self', 'next', 'prev'))
    .when(following('next'))
    .expect(thePage('c')),

  scenario('from and to of the earlier service still work')
    .given(threePayments)
    .when(listing('?from=1&to=3'))
    .expect(thePage('b', 'c')),

  scenario('every bad parameter is reported at once')
    .when(listing('?from=-1&size=0'))
    .expect(invalidFields('/query/from', '/query/size')),

  scenario('size and to together are rejected').when(listing('?size=1&to=2')).expect(invalidFields('/query/to')),

  scenario('a cursor that the service did not issue is rejected')
    .when(listing('?after=nonsense'))
    .expect(invalidFields('/query/after')),
);
