import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { until } from '../ops/support.js';
import { sharedPostgres } from '../support/postgres.js';
import { ROOT } from '../support/program.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';
import { type RunningPrometheus, startPrometheus } from './prometheus.js';
import { at, list, read, readPanels, readYaml } from './support.js';

const FOLDER = 'deploy/prometheus';
const JOB = 'payments-api';

const dashboard: unknown = JSON.parse(read('deploy/grafana/payments-api.json'));
const panels = readPanels().flatMap(({ title, queries }) => queries.map((query) => ({ title, query })));
const rules = list(readYaml(`${FOLDER}/alerts.yml`), 'groups').flatMap((group) => list(group, 'rules'));

/** Queries that have no result without failures. */
const EMPTY_IN_GOOD_TIMES = ['repository_retries_total', 'outcome!="ok"', 'by (method, route, status)'];

const promtool = (...args: readonly string[]) => promisify(execFile)('promtool', args, { cwd: ROOT });

needsPrograms(
  ['promtool'],
  describe('the rules, by promtool', () => {
    it('are valid, and so is the configuration that loads them', async () => {
      expect((await promtool('check', 'rules', `${FOLDER}/alerts.yml`)).stdout).to.include(
        `${rules.length} rules found`,
      );
      expect((await promtool('check', 'config', `${FOLDER}/prometheus.yml`)).stdout).to.include('SUCCESS');
    });

    it('fire when they should, and not before', async () => {
      expect((await promtool('test', 'rules', `${FOLDER}/alerts.test.yml`)).stdout).to.include('SUCCESS');
      const tested = list(readYaml(`${FOLDER}/alerts.test.yml`), 'tests').flatMap((test) =>
        list(test, 'alert_rule_test').filter((one) => list(one, 'exp_alerts').length > 0),
      );
      const names = rules.map((rule) => at(rule, 'alert'));
      expect([...new Set(tested.map((test) => at(test, 'alertname')))].sort()).to.deep.equal(names.sort());
    });

    it('would be rejected if they were wrong', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'payments-rules-'));
      const wrong = join(folder, 'alerts.yml');
      writeFileSync(
        wrong,
        read(`${FOLDER}/alerts.yml`).replace('repository_breaker_state)', 'repository_breaker_state'),
      );
      const message = await promtool('check', 'rules', wrong).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
      rmSync(folder, { recursive: true });
      expect(message).to.include('could not parse expression');
    });
  }),
);

needsPrograms(
  ['prometheus'],
  describe('a real Prometheus, with the rules, scraping a running service', () => {
    let folder: string;
    let service: RunningService;
    let prometheus: RunningPrometheus;

    before(async () => {
      const uri = await (await sharedPostgres()).createDatabase();
      const settings = [
        '--repo',
        'postgres',
        '--repo-uri',
        uri,
        '--limit',
        '1000-H',
        '--reply-check',
        '1',
        '--metrics',
      ];
      service = await startService(settings);
      folder = mkdtempSync(join(tmpdir(), 'payments-prometheus-'));
      cpSync(join(ROOT, FOLDER), folder, { recursive: true });
      const config = Object(readYaml(`${FOLDER}/prometheus.yml`));
      // As deployed, except for the address and the intervals.
      config.global = { scrape_interval: '500ms', evaluation_interval: '200ms' };
      config.scrape_configs[0].static_configs[0].targets = [`127.0.0.1:${service.port}`];
      writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
      prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'data'));

      // A rate needs scrapes before and after the traffic.
      await giveItSomethingToMeasure(service, 'first');
      await scrapes(2);
      await giveItSomethingToMeasure(service, 'second');
      await scrapes(2);
    });

    after(async () => {
      await prometheus?.stop();
      await service?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** The values of all series of a query. */
    async function valuesOf(query: string): Promise<readonly number[]> {
      const response = await prometheus.api('query', { query });
      return list(response, 'result').map((series) => Number(at(series, 'value', 1)));
    }

    /** Waits for further successful scrapes. */
    async function scrapes(count: number): Promise<void> {
      const done = async (): Promise<number> => (await valuesOf('sum(sum_over_time(up[1h]))'))[0] ?? 0;
      const before = await done();
      // The first of them may have begun before.
      await until(done, (now) => now >= before + count + 1);
    }

    it('finds the service up', async () => {
      await until(
        () => valuesOf(`up{job="${JOB}"}`),
        ([up, ...others]) => up === 1 && others.length === 0,
      );
    });

    for (const { title, query } of panels) {
      it(`has data for the panel ${title}: ${query}`, async () => {
        const mayBeEmpty = EMPTY_IN_GOOD_TIMES.some((part) => query.includes(part));
        // After a scrape that took too long there is nothing until the next one.
        await until(
          () => valuesOf(query),
          (values) => mayBeEmpty || values.some(Number.isFinite),
        );
      });
    }

    it("has the jobs and instances for the dashboard's menus", async () => {
      const choices = { job: [JOB], instance: [`127.0.0.1:${service.port}`] };
      for (const [name, values] of Object.entries(choices)) {
        const variable = list(dashboard, 'templating', 'list').find((one) => at(one, 'name') === name);
        const [, selector = ''] = /^label_values\((.*), \w+\)$/.exec(String(at(variable, 'query'))) ?? [];
        const found = await prometheus.api(`label/${name}/values`, { 'match[]': selector.replace('$job', JOB) });
        expect(found).to.deep.equal(values);
      }
    });

    it('evaluates every rule without an error, and none fires', async () => {
      const evaluated = async (): Promise<readonly unknown[]> => {
        const groups = list(await prometheus.api('rules'), 'groups');
        return groups.flatMap((group) => list(group, 'rules'));
      };
      const found = await until(evaluated, (all) => all.every((rule) => at(rule, 'health') !== 'unknown'));
      expect(found.map((rule) => at(rule, 'name')).sort()).to.deep.equal(rules.map((rule) => at(rule, 'alert')).sort());
      for (const rule of found) {
        expect(at(rule, 'health'), JSON.stringify(rule)).to.equal('ok');
        expect(at(rule, 'state'), JSON.stringify(rule)).to.not.equal('firing');
      }
    });
  }),
);

/** Requests of each kind in the dashboard, including rejected ones and malformed HTTP. */
async function giveItSomethingToMeasure({ url, port }: RunningService, id: string): Promise<void> {
  const payment = { type: 'Payment', id, version: 0, organisation_id: 'o', attributes: { amount: '1' } };
  const headers = { 'Content-Type': 'application/json' };
  const send = (path: string, method: string) =>
    fetch(`${url}${path}`, { method, headers, body: JSON.stringify({ data: payment }) });
  await send('/v1/payments', 'POST');
  await send(`/v1/payments/${id}`, 'PUT');
  // Enough for a garbage collection.
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/v1/payments/${id}`).then((reply) => reply.text())));
  }
  await fetch(`${url}/v1/payments`);
  await fetch(`${url}/v1/payments/missing`);
  const socket = connect(port, '127.0.0.1').resume();
  socket.end('no HTTP\r\n\r\n');
  await once(socket, 'close');
}
