import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { typeErrors } from '../support/compiler.js';
import { ROOT } from '../support/program.js';
import { at, type Tree } from './support.js';

/** The objects of the base, by version and kind; each has the validator and the types of Kubernetes's own schema. */
const MODELS = new Map(
  [Deployment, HorizontalPodAutoscaler, PodDisruptionBudget, ConfigMap, Secret, Service, ServiceAccount].map(
    (model) => [`${model.apiVersion}/${model.kind}`, model],
  ),
);

/**
 * Validates a manifest by Kubernetes's schema.
 *
 * @param manifest - one document
 * @returns the errors: missing properties, wrong types and values
 */
export function schemaErrors(manifest: Tree): readonly string[] {
  const model = MODELS.get(kindOf(manifest));
  if (model === undefined) return [`${kindOf(manifest)} is no kind that is known here`];
  try {
    // The validator decides whether this is a manifest.
    new model(Object(manifest)).validate();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/**
 * The compiler's errors for manifests by the types of Kubernetes, mainly unknown properties, which clusters drop and
 * validators accept.
 *
 * @param manifests - documents of the known kinds
 */
export function manifestErrors(manifests: readonly Tree[]): readonly string[] {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.tmp', 'manifests-'));
  try {
    writeFileSync(join(folder, 'manifests.ts'), manifests.map(asTypeScript).join('\n'));
    return typeErrors(folder, { types: [], module: 'nodenext' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function asTypeScript(manifest: Tree, index: number): string {
  const [version, kind] = [String(at(manifest, 'apiVersion')), String(at(manifest, 'kind'))];
  return `import type { I${kind} as Kind${index} } from 'kubernetes-models/${version}/${kind}';
export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)};`;
}

function kindOf(manifest: Tree): string {
  return `${at(manifest, 'apiVersion')}/${at(manifest, 'kind')}`;
}
