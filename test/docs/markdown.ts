import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program.js';

/**
 * Reads a file of the package.
 *
 * @param path - relative to its root
 */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** All pages, relative to the root. */
export function pages(): readonly string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'clients/typescript/README.md', 'bench/README.md'],
    ...inDocs.filter((path) => path.endsWith('.md')).map((path) => join('docs', path)),
  ];
}

/** A curl command of a page, and the response under it. */
export interface Exchange {
  readonly command: string;
  readonly reply: string;
}

/** A block of one curl command, and the block that follows it. */
const EXCHANGE = /^```sh\n(curl .*?)^```\n\n```(http|json)\n(.*?)^```$/gms;

/** The commands of a page that are shown with their responses. */
export function exchanges(markdown: string): readonly Exchange[] {
  return [...markdown.matchAll(EXCHANGE)].map(([, command = '', , reply = '']) => ({ command, reply }));
}

/**
 * Writes the responses into a page, in the order of its commands.
 *
 * @param path - the page
 * @param responses - the response to each of its `exchanges`
 */
export function writeResponses(path: string, responses: readonly string[]): void {
  const rest = [...responses];
  const written = read(path).replace(
    EXCHANGE,
    (_all, command: string, language: string) =>
      `\`\`\`sh\n${command}\`\`\`\n\n\`\`\`${language}\n${rest.shift()?.trimEnd()}\n\`\`\``,
  );
  writeFileSync(join(ROOT, path), written);
}

/** The names in backticks in the first column of all tables under a heading; a cell may have several. */
export function firstColumn(markdown: string, heading: string): readonly string[] {
  const [, section = ''] = markdown.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [body = ''] = section.split(/^# |^## /m);
  const cells = [...body.matchAll(/^\| (`[^|]+?) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/**
 * Compares a part of a page between `<!-- name … -->` and `<!-- /name -->` with its generated text. With
 * `UPDATE_DOCS=1` the part is written instead.
 *
 * @param path - the page
 * @param name - of the part
 * @param render - returns the text, from the words after the name
 */
export function expectGenerated(path: string, name: string, render: (words: readonly string[]) => string): void {
  const part = new RegExp(`(<!-- ${name}(?:: ([^>]*?))? -->\n)(.*?)(<!-- /${name} -->)`, 'gs');
  const found = read(path);
  const wanted = found.replace(part, (_all, start: string, words: string | undefined, _old, end: string) => {
    return `${start}\n${render(words?.split(' ') ?? [])}\n\n${end}`;
  });
  expect(found, `${path} has a part ${name}`).to.match(part);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(ROOT, path), wanted);
  else expect(found, `${path} is stale: run the tests of test/docs with UPDATE_DOCS=1`).to.equal(wanted);
}
