import { sending } from './kit/payments.js';
import { header, json, noBody, problem, status } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const healthScenarios = feature(
  'Health',

  scenario('a service with its database is ready')
    .when(sending('GET', '/health'))
    .expect(status(200), json({ status: 'up' })),

  scenario('a service that responds is alive')
    .when(sending('GET', '/health/live'))
    .expect(status(200), json({ status: 'up' })),

  scenario('a probe may use HEAD').when(sending('HEAD', '/health')).expect(status(200), noBody()),

  scenario('health has no other methods')
    .when(sending('POST', '/health'))
    .expect(problem(405, 'method_not_allowed'), header('Allow', /\bGET\b/)),
);
