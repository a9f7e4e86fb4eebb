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
 * The licences of all bundled packages: most must be distributed with the code.
 *
 * @param root - the folder that the inputs' paths are relative to
 * @param inputs - paths of the bundled files
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
 * Paths of a package with its own bundle, and of all its dependencies, which that bundle may contain.
 *
 * @param root - the folder with `node_modules`
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
