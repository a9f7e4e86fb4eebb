import { expect } from 'chai';
import { parse } from 'yaml';
import { manifestErrors, schemaErrors } from './kubernetes-schemas.js';
import { at, list, read, readManifests, type Tree } from './support.js';

const FOLDER = 'deploy/kubernetes';
const manifests = readManifests(FOLDER).filter(({ file }) => file !== 'kustomization.yaml');
const kustomization = parse(read(`${FOLDER}/kustomization.yaml`));
const documents = manifests.map(({ document }) => document);

/** The overlay in docs/deploy.md. */
const overlay: Tree = parse(/```yaml\n# kustomization\.yaml\n(.*?)```/s.exec(read('docs/deploy.md'))?.[1] ?? '');

function manifestOf(kind: string): Record<string, Tree> {
  return structuredClone(Object(documents.find((document) => at(document, 'kind') === kind)));
}

/** Applies the features of kustomize that base and overlay use: image names and merge patches. */
function kustomized(all: readonly Tree[], customization: Tree): readonly Tree[] {
  const patches = list(customization, 'patches').map((patch): Tree => parse(String(at(patch, 'patch'))));
  return all.map((document) => {
    const patch = patches.find((one) =>
      [['kind'], ['metadata', 'name']].every((path) => at(one, ...path) === at(document, ...path)),
    );
    const made = patch === undefined ? structuredClone(document) : merged(document, patch);
    for (const container of list(made, 'spec', 'template', 'spec', 'containers')) {
      const image = list(customization, 'images').find((one) => at(one, 'name') === at(container, 'image'));
      const name = at(image, 'newName') ?? at(image, 'name');
      if (image !== undefined) Object(container).image = `${name}:${at(image, 'newTag')}`;
    }
    return made;
  });
}

function merged(target: Tree, patch: Tree): Tree {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const members = Object.entries(patch).map(([name, value]) => [name, merged(at(target, name), value)]);
  return { ...Object(target), ...Object.fromEntries(members) };
}

describe("the Kubernetes base, by Kubernetes's own schemas", () => {
  const made = kustomized(documents, kustomization);

  for (const [index, { file }] of manifests.entries()) {
    it(`has a valid ${file}, as written and as kustomize makes it`, () => {
      expect(schemaErrors(documents[index])).to.deep.equal([]);
      expect(schemaErrors(made[index])).to.deep.equal([]);
    });
  }

  it('has no property that Kubernetes does not know', () => {
    expect(manifestErrors([...documents, ...made])).to.deep.equal([]);
  });

  it('stays valid with the overlay of docs/deploy.md, and contains what that sets', () => {
    const overlaid = kustomized(documents, overlay);
    expect(overlaid.flatMap(schemaErrors)).to.deep.equal([]);
    expect(manifestErrors(overlaid)).to.deep.equal([]);
    const text = JSON.stringify(overlaid);
    expect(list(overlay, 'patches')).to.have.length(2);
    for (const said of [
      'images.example.com/payments-api:0.1.0',
      'https://payments.shop.example',
      '@db.shop.example/',
    ]) {
      expect(text).to.include(said);
    }
    expect(text).to.include('"PAYMENTS_METRICS":"true"');
  });
});

describe('the check by Kubernetes’s schemas', () => {
  const deployment = (change: (spec: Record<string, Tree>, container: Record<string, Tree>) => void): Tree => {
    const document = manifestOf('Deployment');
    const spec = Object(document.spec);
    change(spec, Object(spec.template.spec.containers[0]));
    return document;
  };

  for (const [name, document, says] of [
    ['a missing member', deployment((spec) => delete spec.selector), 'must have required property selector'],
    ['a wrong type', deployment((spec) => Object.assign(spec, { replicas: '2' })), 'must be integer'],
    [
      'a wrong type deep inside',
      deployment((_spec, container) => Object.assign(Object(container.livenessProbe), { periodSeconds: '10s' })),
      'must be integer',
    ],
    [
      'a value there is not',
      deployment((spec) => Object.assign(spec, { strategy: { type: 'Rolling' } })),
      'must be equal to one of the allowed values',
    ],
    [
      'a kind of another version',
      { ...manifestOf('HorizontalPodAutoscaler'), apiVersion: 'autoscaling/v2beta2' },
      'no kind',
    ],
  ] as const) {
    it(`finds ${name}`, () => {
      expect(schemaErrors(document).join()).to.include(says);
    });
  }

  it('finds an unknown property', () => {
    const misspelt = deployment((_spec, container) => Object.assign(container, { readynessProbe: {} }));
    const errors = manifestErrors([misspelt]);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.match(/readynessProbe.* does not exist/);
  });
});
