import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AnyReply } from '../../contract/types.js';
import type { Page } from './pages.js';

/** A page for people: a shell that loads scripts and a style sheet, which `npm run build` makes from `pages/`. */
export interface BrowserPage {
  /** Where it is, for example `/docs`; also the name of its folder. */
  readonly path: string;
  readonly title: string;
  /** In the order in which they are loaded. */
  readonly files: readonly string[];
  /** The external URL, where the page calls the service there too. */
  readonly externalUrl?: string;
  /** Whether a library of the page writes `style` attributes. */
  readonly hasInlineStyles?: boolean;
}

interface Asset {
  readonly contentType: string;
  readonly content: Buffer;
  /** Changes with the content, and with nothing else. */
  readonly fingerprint: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript' };
/** The URL of a file carries a fingerprint of its content, so what was loaded under it never has to be asked for again. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const FINGERPRINT_CHARACTERS = 12;

/**
 * A page with its files. All addresses in it are relative, so that it works under any path prefix. Its policy lets
 * scripts and style sheets come from here only, and requests go here and to the external URL.
 *
 * @returns pages by path, for the page router
 */
export function browserPage({
  path,
  title,
  files,
  externalUrl,
  hasInlineStyles = false,
}: BrowserPage): Record<string, Page> {
  const asset = createAssets(path.slice(1));
  const headers = {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policy(externalUrl, hasInlineStyles),
    'Referrer-Policy': 'no-referrer',
  };

  /** The page, as it is under a path from which `folder` leads to its files and `root` to the contract. */
  async function shell(folder: string, root: string): Promise<AnyReply> {
    const urls = files.map(async (name) => `${folder}${name}?v=${(await asset(name)).fingerprint}`);
    return {
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers,
      body: html(title, await Promise.all(urls), root),
    };
  }

  const pages: Record<string, Page> = {
    [path]: () => shell(`${path.slice(1)}/`, './'),
    [`${path}/`]: () => shell('', '../'),
  };
  for (const name of files) {
    pages[`${path}/${name}`] = async ({ query }) => {
      const { content, contentType, fingerprint } = await asset(name);
      const cacheControl = query.get('v') === fingerprint ? IMMUTABLE : 'no-cache';
      return { status: 200, contentType, headers: { 'Cache-Control': cacheControl }, body: content };
    };
  }
  return pages;
}

/** A loader of the files of a folder, which reads each of them once, when it is asked for. */
function createAssets(folder: string): (name: string) => Promise<Asset> {
  const loaded = new Map<string, Promise<Asset>>();
  return (name) => {
    const known = loaded.get(name);
    if (known) return known;
    const asset = load(`${folder}/${name}`);
    loaded.set(name, asset);
    // A failed read must not stay: the next request tries again.
    asset.catch(() => loaded.delete(name));
    return asset;
  };
}

async function load(name: string): Promise<Asset> {
  const content = await readFile(pathOf(name));
  const contentType = `${CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]}; charset=utf-8`;
  const fingerprint = createHash('sha256').update(content).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
  return { contentType, content, fingerprint };
}

/** Beside the bundle; where the sources run, below the root of the repository. */
function pathOf(name: string): string {
  const built = fileURLToPath(new URL(`../browser/${name}`, import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL(`../../../dist/browser/${name}`, import.meta.url));
}

/** What the page may load and call (CSP Level 3). */
function policy(externalUrl: string | undefined, hasInlineStyles: boolean): string {
  const connect = externalUrl === undefined ? "'self'" : `'self' ${new URL(externalUrl).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${hasInlineStyles ? " 'unsafe-inline'" : ''}`,
    'img-src data:',
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function html(title: string, urls: readonly string[], root: string): string {
  const load = (url: string): string =>
    url.includes('.css') ? `<link rel="stylesheet" href="${url}">` : `<script type="module" src="${url}"></script>`;
  const text = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${text}</title>
<link rel="icon" href="data:,">
${urls.map(load).join('\n')}
</head>
<body>
<noscript>This page needs JavaScript. The contract: <a href="${root}openapi.yml">openapi.yml</a>, <a href="${root}openapi.json">openapi.json</a>.</noscript>
</body>
</html>
`;
}
