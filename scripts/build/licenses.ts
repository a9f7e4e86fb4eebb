import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * The licences of all packages whose code is in the bundle: most of them ask to be distributed with it.
 *
 * @param root - the folder that the paths of the inputs start from
 * @param inputs - paths of the bundled files
 * @returns one text, package by package
 */
export function bundledLicenses(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((path) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const entries = [...folders].map((folder) => {
    const { name, version, license = 'unknown' } = readManifest(join(root, folder));
    return { title: `${name} ${version} (${license})`, text: licenseText(join(root, folder)) };
  });
  const unique = new Map(entries.map(({ title, text }) => [title, text]));
  const sections = [...unique].sort(([one], [other]) => one.localeCompare(other));
  return sections.map(([title, text]) => `${title}\n${'-'.repeat(title.length)}\n${text}\n`).join('\n');
}

/**
 * Paths of a package whose own bundle is used, and of the packages in that bundle, as far as they are known: of all that it
 * depends on.
 *
 * @param root - the folder that `node_modules` is in
 * @param name - of the package
 */
export function withDependencies(root: string, name: string): string[] {
  const found = new Set([name]);
  for (const each of found) {
    const { dependencies = {} } = readManifest(join(root, 'node_modules', each));
    for (const dependency of Object.keys(dependencies)) found.add(dependency);
  }
  return [...found].map((each) => `node_modules/${each}/package.json`);
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function licenseText(folder: string): string {
  if (!existsSync(folder)) return '';
  const files = readdirSync(folder).filter((name) => LICENSE_FILE.test(name));
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}
