import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
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

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function licenseText(folder: string): string {
  if (!existsSync(folder)) return '';
  const files = readdirSync(folder).filter((name) => LICENSE_FILE.test(name));
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}
