import { aPayment, reading, sending } from './kit/payments.js';
import { header, metric, noTraceOf, status } from './kit/replies.js';
import { feature, scenario } from './kit/scenario.js';

export const metricsScenarios = feature(
  'Metrics',

  scenario('Prometheus can read them')
    .when(sending('GET', '/metrics'))
    .expect(
      status(200),
      header('Content-Type', /^text\/plain; version=0\.0\.4/),
      metric('process_cpu_user_seconds_total'),
    ),

  scenario('requests are counted by route, method and status, never by path')
    .given(aPayment('rent'))
    .when(reading('rent'), sending('GET', '/metrics'))
    .expect(
      metric('http_request_duration_seconds_count', { method: 'POST', route: '/v1/payments', status: '201' }),
      metric('http_request_duration_seconds_count', { method: 'GET', route: '/v1/payments/{id}', status: '200' }),
      noTraceOf('rent'),
    ),
);
