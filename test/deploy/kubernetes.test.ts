import { expect } from 'chai';
import { parse } from 'yaml';
import { at, expectSettings, list, read, readManifests, VERSION } from './support.js';

const FOLDER = 'deploy/kubernetes';
const all = readManifests(FOLDER);
const manifests = all.filter(({ file }) => file !== 'kustomization.yaml');

function only(kind: string): unknown {
  const found = manifests.filter(({ document }) => at(document, 'kind') === kind);
  expect(found, kind).to.have.length(1);
  return found[0]?.document;
}

const deployment = only('Deployment');
const pod = at(deployment, 'spec', 'template', 'spec');
const container = at(pod, 'containers', 0);
const settings = at(only('ConfigMap'), 'data') as Record<string, string>;

/** The newest API versions that Kubernetes 1.25 and later serve. */
const API_VERSIONS: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
};

describe('the Kubernetes base', () => {
  it('lists every manifest, each of a kind and version that clusters serve', () => {
    const kustomization = all.find(({ file }) => file === 'kustomization.yaml')?.document;
    expect([...list(kustomization, 'resources')].sort()).to.deep.equal(manifests.map(({ file }) => file).sort());
    expect(at(kustomization, 'images', 0)).to.deep.equal({ name: at(container, 'image'), newTag: VERSION });
    for (const { file, document } of manifests) {
      expect(at(document, 'apiVersion'), file).to.equal(API_VERSIONS[String(at(document, 'kind'))]);
      expect(at(document, 'metadata', 'name'), file).to.equal('payments-api');
    }
  });

  it('selects the pods that it makes', () => {
    const labels = at(deployment, 'spec', 'template', 'metadata', 'labels');
    expect(at(deployment, 'spec', 'selector', 'matchLabels')).to.deep.equal(labels);
    expect(at(only('Service'), 'spec', 'selector')).to.deep.equal(labels);
    expect(at(only('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels')).to.deep.equal(labels);
    expect(at(only('HorizontalPodAutoscaler'), 'spec', 'scaleTargetRef', 'kind')).to.equal('Deployment');
    expect(list(pod, 'topologySpreadConstraints')).to.have.length(1);
  });

  it('uses only settings that exist', () => {
    expectSettings(settings);
    expectSettings(at(only('Secret'), 'stringData'));
    expect(list(container, 'envFrom')).to.deep.equal([
      { configMapRef: { name: 'payments-api' } },
      { secretRef: { name: 'payments-api' } },
    ]);
  });

  it('opens the ports that the settings name, and probes paths of the contract', () => {
    const ports = Object.fromEntries(
      list(container, 'ports').map((port) => [String(at(port, 'name')), at(port, 'containerPort')]),
    );
    expect(ports).to.deep.equal({ http: 8080, metrics: Number(settings.PAYMENTS_ADMIN_LISTEN?.slice(1)) });
    expect(at(only('Service'), 'spec', 'ports', 0, 'targetPort')).to.equal('http');
    const { paths }: { paths: object } = parse(read('api/openapi.yml'));
    const probes = { startupProbe: '/health/live', livenessProbe: '/health/live', readinessProbe: '/health' };
    for (const [probe, path] of Object.entries(probes)) {
      expect(at(container, probe, 'httpGet'), probe).to.deep.equal({ path, port: 'http' });
      expect(paths).to.have.property(path);
    }
  });

  it('gives a pod enough time to drain', () => {
    const [command, seconds] = list(container, 'lifecycle', 'preStop', 'exec', 'command');
    expect(command).to.equal('sleep');
    const needed = Number(seconds) + Number(settings.PAYMENTS_SHUTDOWN_TIMEOUT);
    expect(at(pod, 'terminationGracePeriodSeconds')).to.be.greaterThan(needed);
    expect(Number(settings.PAYMENTS_SHUTDOWN_TIMEOUT)).to.be.greaterThan(Number(settings.PAYMENTS_TIMEOUT));
  });

  it('gives the service only the rights it needs', () => {
    expect(at(pod, 'securityContext')).to.deep.include({ runAsNonRoot: true, runAsUser: 1000 });
    expect(at(container, 'securityContext')).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(at(pod, 'automountServiceAccountToken')).to.equal(false);
    expect(at(container, 'resources', 'limits')).to.have.keys('cpu', 'memory');
    expect(at(container, 'resources', 'requests')).to.have.keys('cpu', 'memory');
  });

  it('fits one Postgres with its default of 100 connections, at any scale', () => {
    const pods = Number(at(only('HorizontalPodAutoscaler'), 'spec', 'maxReplicas')) + 1;
    const perPod = Number(settings.PAYMENTS_WORKERS) * Number(settings.PAYMENTS_REPO_POOL_SIZE);
    expect(pods * perPod).to.be.lessThan(97);
    expect(settings.PAYMENTS_WORKERS).to.equal(at(container, 'resources', 'limits', 'cpu'));
  });
});
