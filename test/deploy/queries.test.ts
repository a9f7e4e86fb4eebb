import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sharedPostgres } from '../support/postgres.js';
import { startService } from '../support/service.js';
import { selectorsOf } from './promql.js';
import { at, list, read, readPanels, readYaml } from './support.js';

interface Query {
  readonly where: string;
  readonly query: string;
}

const rules = list(readYaml('deploy/prometheus/alerts.yml'), 'groups').flatMap((group) => list(group, 'rules'));
const panels = readPanels();

const alerts: readonly Query[] = rules.map((rule) => ({
  where: String(at(rule, 'alert')),
  query: String(at(rule, 'expr')),
}));
const shown: readonly Query[] = panels.flatMap(({ title, queries }) =>
  queries.map((query) => ({ where: title, query })),
);

/** Labels that Prometheus itself adds. */
const TARGET_LABELS = ['job', 'instance'];

/** The metrics of a service after a few requests. */
async function metricsOf(database: readonly string[]): Promise<string> {
  const service = await startService([...database, '--limit', '1000-S', '--metrics', '--reply-check', '1']);
  const payment = { type: 'Payment', id: 'p', version: 0, organisation_id: 'o', attributes: { amount: '1' } };
  const body = JSON.stringify({ data: payment });
  await fetch(`${service.url}/v1/payments`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  await fetch(`${service.url}/v1/payments/p`);
  // The service closes the connection after its response to malformed HTTP.
  const socket = connect(service.port, '127.0.0.1').resume();
  socket.end('no HTTP\r\n\r\n');
  await once(socket, 'close');
  const text = await (await fetch(`${service.url}/metrics`)).text();
  await service.stop();
  return text;
}

/** The labels of each series that is exported with one of the databases. */
async function exportedSeries(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'payments-queries-'));
  const uri = await (await sharedPostgres()).createDatabase();
  const text =
    (await metricsOf(['--repo', 'postgres', '--repo-uri', uri])) +
    (await metricsOf(['--repo-uri', join(folder, 'payments.db')]));
  rmSync(folder, { recursive: true });

  const series = new Map<string, Set<string>>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) series.set(`${name}${suffix}`, new Set(TARGET_LABELS));
  }
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) series.get(name)?.add(label);
  }
  series.set('up', new Set(TARGET_LABELS));
  return series;
}

describe('alert rules and dashboard', () => {
  let series: ReadonlyMap<string, ReadonlySet<string>>;

  before(async () => {
    series = await exportedSeries();
  });

  it('use metrics that a running service exports, and labels that they have', () => {
    expect(alerts).not.to.have.length(0);
    expect(shown).not.to.have.length(0);
    for (const { where, query } of [...alerts, ...shown]) {
      const selectors = selectorsOf(query);
      expect(selectors, `${where}: ${query}`).not.to.have.length(0);
      for (const { metric, labels } of selectors) {
        expect([...series.keys()], where).to.include(metric);
        // A metric that was never counted has no series with labels.
        const known = [...(series.get(metric) ?? [])];
        const isSilent =
          known.length === TARGET_LABELS.length && ['reason', 'kind'].some((label) => labels.includes(label));
        if (!isSilent) expect(known, `${where}: ${metric}`).to.include.members(labels);
      }
    }
  });

  it('are explained: docs/metrics.md has a line for every alert', () => {
    const page = read('docs/metrics.md');
    for (const { where } of alerts) expect(page).to.include(`| ${where} |`);
    for (const rule of rules) {
      expect(at(rule, 'annotations', 'summary')).to.be.a('string');
      expect(['critical', 'warning']).to.include(at(rule, 'labels', 'severity'));
    }
  });

  it('count and time requests of clients only, without probes, scrapes and unmatched paths', () => {
    const judging = [...alerts, ...shown].filter(({ query }) =>
      /histogram_quantile\(.*http_request_|status=~"5\.\."/s.test(query),
    );
    expect(judging).to.have.length.greaterThan(6);
    for (const { where, query } of judging) {
      for (const [selector] of query.matchAll(/http_request_\w+\{[^}]*\}/g)) {
        const [, route = ''] = /route=~"([^"]+)"/.exec(selector) ?? [];
        expect(route, `${where}: ${selector}`).not.to.equal('');
        expect('/v1/payments/{id}', where).to.match(new RegExp(`^(?:${route})$`));
        for (const other of ['/health', '/health/live', '/metrics', 'unmatched', '/profiling/cpu']) {
          expect(other, where).not.to.match(new RegExp(`^(?:${route})$`));
        }
      }
    }
  });

  it('show one unit per axis, and thresholds in every number, and select by job and instance', () => {
    for (const { title, type, tree, queries } of panels) {
      const defaults = at(tree, 'fieldConfig', 'defaults');
      if (type === 'table') {
        expect(list(tree, 'fieldConfig', 'overrides'), title).not.to.have.length(0);
      } else {
        expect(at(defaults, 'unit'), title).to.be.a('string');
        expect(list(tree, 'fieldConfig', 'overrides'), title).to.deep.equal([]);
      }
      if (type === 'stat') expect(list(defaults, 'thresholds', 'steps'), title).not.to.have.length(0);
      for (const { labels } of queries.flatMap(selectorsOf)) {
        expect(labels, title).to.include('job');
        if (!queries.some((query) => /\bup\b|0\.999/.test(query)) && title !== 'Availability in 30 days') {
          expect(labels, title).to.include('instance');
        }
      }
    }
    expect(panels.map(({ type }) => type)).to.include.members(['stat', 'table', 'timeseries', 'state-timeline']);
  });

  it('are read by a parser that finds the metrics of a query', () => {
    const query = 'sum by (job, le) (rate(a_bucket{x="y", z=~"1"}[5m])) / max(b) > 0.5';
    expect(selectorsOf(query)).to.deep.equal([
      { metric: 'a_bucket', labels: ['x', 'z', 'job'] },
      { metric: 'b', labels: ['job'] },
    ]);
  });
});
