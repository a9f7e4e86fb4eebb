/**
 * `npm run lint:prose`: textlint over everything that people read: pages, the contract's descriptions, comments and messages.
 * `scripts/prose/words.json` has the words to avoid and what to write instead.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import sentenceLength from 'textlint-rule-sentence-length';
import terminology from 'textlint-rule-terminology';
import { commentsOf, descriptionsOf, messagesOf } from './prose/extract.js';

const USAGE = `usage: npm run lint:prose [-- [--update] [PART…]]

  --update  lower the numbers in scripts/prose/allowed.json to what is found now
  PART      only files whose path contains it
`;
const LONGEST_SENTENCE = 240;
const root = fileURLToPath(new URL('..', import.meta.url));
const ALLOWED = join(root, 'scripts/prose/allowed.json');
const IGNORED =
  /node_modules|^dist\/|^generated\/|^CHANGELOG|^clients\/typescript\/src\/schema\.ts|^\.|^test\/|^bench\//;

/** A text to check, with as many lines as its file has, so that the numbers of lines are right. */
interface Prose {
  readonly path: string;
  readonly text: string;
  /** Messages and comments are not always sentences. */
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
      if (!/^(src|scripts|clients\/typescript\/src)\/.*\.ts$/.test(path) || path.startsWith('scripts/prose')) return [];
      const text = read(path);
      const comments = { path, text: commentsOf(path, text), hasSentences: false };
      return path.startsWith('src/') ? [comments, { ...comments, text: messagesOf(path, text) }] : [comments];
    });
}

/** @returns what is wrong, as `path:line:column  message` */
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
  const parts = argv.filter((argument) => !argument.startsWith('--'));
  const allowed: Record<string, number> = JSON.parse(readFileSync(ALLOWED, 'utf8'));
  const found = new Map<string, string[]>();
  for (const text of prose().filter(({ path }) => parts.length === 0 || parts.some((part) => path.includes(part)))) {
    found.set(text.path, [...(found.get(text.path) ?? []), ...(await lint(text))]);
  }
  if (argv.includes('--update')) {
    const lowered = [...found].map(([path, { length }]) => [path, Math.min(length, allowed[path] ?? 0)] as const);
    const remaining = Object.fromEntries(lowered.filter(([, count]) => count > 0));
    writeFileSync(ALLOWED, `${JSON.stringify(remaining, null, 2)}\n`);
  }
  const bad = [...found].filter(([path, { length }]) => parts.length > 0 || length > (allowed[path] ?? 0));
  for (const line of bad.flatMap(([, lines]) => lines)) process.stdout.write(`${line}\n`);
  const total = [...found.values()].reduce((sum, { length }) => sum + length, 0);
  process.stdout.write(
    `${total} words or sentences to improve in ${[...found.values()].filter((lines) => lines.length > 0).length} files\n`,
  );
  return bad.some(([, { length }]) => length > 0) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
