/**
 * `npm run lint:prose`: runs textlint on documentation, the contract's descriptions, comments, messages and titles of
 * tests.
 * `scripts/prose/words.json` has the words to avoid and their replacements.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import sentenceLength from 'textlint-rule-sentence-length';
import terminology from 'textlint-rule-terminology';
import { commentsOf, descriptionsOf, messagesOf, titlesOf } from './prose/extract.js';

const USAGE = `usage: npm run lint:prose [-- PART…]

  PART  only files whose path contains it
`;
const LONGEST_SENTENCE = 240;
const root = fileURLToPath(new URL('..', import.meta.url));
const IGNORED = /node_modules|(?:^|\/)dist\/|^generated\/|^CHANGELOG|^clients\/typescript\/src\/schema\.ts|^\./;

/** A text to check, with the same line numbers as its file. */
interface Prose {
  readonly path: string;
  readonly text: string;
  /** Messages, comments and titles are not always sentences. */
  readonly hasSentences: boolean;
}

const kernel = new TextlintKernel();
const words: readonly (readonly [string, string])[] = JSON.parse(read('scripts/prose/words.json'));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function prose(): Prose[] {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  return paths
    .filter((path) => !IGNORED.test(path))
    .sort()
    .flatMap((path): Prose[] => {
      if (path.endsWith('.md')) return [{ path, text: read(path), hasSentences: true }];
      if (path === 'api/openapi.yml') return [{ path, text: descriptionsOf(read(path)), hasSentences: true }];
      if (!/^(src|scripts|bench|test|clients)\/.*\.ts$/.test(path) || path.startsWith('scripts/prose')) return [];
      const text = read(path);
      const comments = { path, text: commentsOf(path, text), hasSentences: false };
      if (path.startsWith('src/')) return [comments, { ...comments, text: messagesOf(path, text) }];
      return /^(clients\/.*\/)?test\//.test(path)
        ? [comments, { ...comments, text: titlesOf(path, text) }]
        : [comments];
    });
}

/** @returns the findings as `path:line:column  message` */
async function lint({ path, text, hasSentences }: Prose): Promise<string[]> {
  const { messages } = await kernel.lintText(text, {
    ext: '.md',
    plugins: [{ pluginId: 'markdown', plugin: markdown.default }],
    rules: [
      { ruleId: 'terminology', rule: terminology, options: { defaultTerms: false, terms: words, skip: [] } },
      ...(hasSentences
        ? [{ ruleId: 'sentence-length', rule: sentenceLength.default, options: { max: LONGEST_SENTENCE } }]
        : []),
    ],
  });
  return messages.map(({ message, line, column }) => `${path}:${line}:${column}  ${message.split('\n')[0]}`);
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const texts = prose().filter(({ path }) => argv.length === 0 || argv.some((part) => path.includes(part)));
  const found: string[] = [];
  for (const text of texts) found.push(...(await lint(text)));
  for (const line of found) process.stdout.write(`${line}\n`);
  process.stdout.write(`${found.length} words or sentences to improve\n`);
  return found.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
