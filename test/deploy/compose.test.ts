import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program.js';
import { at, expectSettings, list, readYaml, VERSION } from './support.js';

const compose = readYaml('docker-compose.yml');
const service = at(compose, 'services', 'payments-api');

describe('docker-compose.yml', () => {
  it('uses only settings that exist', () => {
    const environment = at(service, 'environment') as Record<string, string>;
    // Compose inserts the password; here a sample replaces it.
    expectSettings({
      ...environment,
      PAYMENTS_REPO_URI: environment.PAYMENTS_REPO_URI?.replace(/\$\{.*?\}/, 'secret'),
    });
  });

  it('waits for a Postgres that accepts network connections, as its user', () => {
    expect(at(service, 'depends_on', 'postgres', 'condition')).to.equal('service_healthy');
    const test = list(compose, 'services', 'postgres', 'healthcheck', 'test');
    const user = at(compose, 'services', 'postgres', 'environment', 'POSTGRES_USER');
    const database = at(compose, 'services', 'postgres', 'environment', 'POSTGRES_DB');
    expect(test).to.include.members(['CMD', 'pg_isready', user, database]);
    const uri = new URL(String(at(service, 'environment', 'PAYMENTS_REPO_URI')).replace(/\$\{.*?\}/, 'secret'));
    expect([uri.username, uri.hostname, uri.pathname]).to.deep.equal([user, 'postgres', `/${database}`]);
    expect(at(compose, 'volumes')).to.have.property('postgres');
  });

  it('gives the service enough time to drain, and only the rights it needs', () => {
    const graceSeconds = Number.parseInt(String(at(service, 'stop_grace_period')), 10);
    expect(graceSeconds).to.be.greaterThan(Number(at(service, 'environment', 'PAYMENTS_SHUTDOWN_TIMEOUT')));
    expect(at(service, 'read_only')).to.equal(true);
    expect(list(service, 'cap_drop')).to.deep.equal(['ALL']);
  });

  it('names the version of every image, its own included', () => {
    for (const { image } of Object.values(at(compose, 'services') as Record<string, { image: string }>)) {
      expect(image).to.match(/^[a-z/-]+:v?\d+/);
    }
    expect(at(service, 'image')).to.equal(`payments-api:${VERSION}`);
  });

  it('starts Prometheus and Grafana only with the profile, from existing files', () => {
    for (const name of ['prometheus', 'grafana']) {
      expect(list(compose, 'services', name, 'profiles')).to.deep.equal(['observability']);
      for (const volume of list(compose, 'services', name, 'volumes')) {
        const [source = ''] = String(volume).split(':');
        expect(existsSync(join(ROOT, source)), source).to.equal(true);
      }
    }
    const [target] = list(
      readYaml('deploy/prometheus/prometheus.yml'),
      'scrape_configs',
      0,
      'static_configs',
      0,
      'targets',
    );
    expect(target).to.equal(`payments-api${at(service, 'environment', 'PAYMENTS_ADMIN_LISTEN')}`);
  });
});
