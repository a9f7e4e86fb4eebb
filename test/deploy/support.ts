import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { environmentName, settingsOf } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';
import { ROOT } from '../support/program.js';

/** Parsed YAML or JSON, read with `at`. */
export type Tree = unknown;

/**
 * Reads a file of the package.
 *
 * @param path - relative to its root
 */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A YAML file with one document. */
export function readYaml(path: string): Tree {
  return parse(read(path));
}

/** All documents of the YAML files of a folder, by file. */
export function readManifests(folder: string): readonly { readonly file: string; readonly document: Tree }[] {
  const files = readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) =>
    parseAllDocuments(read(join(folder, file))).map((document) => {
      expect(document.errors, file).to.deep.equal([]);
      return { file, document: document.toJS() as Tree };
    }),
  );
}

/**
 * A nested value.
 *
 * @param path - names and indexes
 * @returns undefined if the path does not exist
 */
export function at(tree: Tree, ...path: readonly (string | number)[]): Tree {
  let found = tree;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string | number, Tree>)[name];
  }
  return found;
}

/** A nested value as an array; empty if it does not exist. */
export function list(tree: Tree, ...path: readonly (string | number)[]): readonly Tree[] {
  const found = at(tree, ...path);
  return Array.isArray(found) ? found : [];
}

/** Checks that every variable belongs to a setting, with a valid value. */
export function expectSettings(environment: Tree): void {
  const entries = Object.entries(environment as Record<string, Tree>);
  expect(entries).not.to.have.length(0);
  for (const [name, value] of entries) {
    const setting = settingsOf(product).find((one) => environmentName(product, one.name) === name);
    expect(setting, `${name} is no setting`).not.to.equal(undefined);
    expect(value, `${name} must be text`).to.be.a('string');
    expect(setting?.format.parse(String(value)), `${name}=${value}`).not.to.equal(undefined);
  }
}

/** The version of the package. */
export const VERSION: string = JSON.parse(read('package.json')).version;

/** A panel of the dashboard and its queries, with values for variables. */
export interface Panel {
  readonly title: string;
  readonly type: string;
  readonly tree: Tree;
  readonly queries: readonly string[];
}

/** The panels of the Grafana dashboard that show data. */
export function readPanels(): readonly Panel[] {
  const dashboard: Tree = JSON.parse(read('deploy/grafana/payments-api.json'));
  const values = { $job: 'payments-api', $instance: '.+', $slo: '0.999', $__rate_interval: '1m' };
  const fill = (query: string) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), query);
  return list(dashboard, 'panels')
    .filter((tree) => at(tree, 'type') !== 'row')
    .map((tree) => ({
      title: String(at(tree, 'title')),
      type: String(at(tree, 'type')),
      tree,
      queries: list(tree, 'targets').map((target) => fill(String(at(target, 'expr')))),
    }));
}
