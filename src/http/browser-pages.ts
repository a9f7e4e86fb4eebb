import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Document } from 'openapi-backend';
import { negotiate } from '../contract/media-types.js';
import type { AnyReply } from '../contract/types.js';
import { getOrAdd } from '../observe/instruments.js';
import { methodNotAllowed } from './problems.js';
import { discardReply } from './respond.js';
import { METHODS } from './transport/transport-errors.js';

/** A page outside of the contract. */
export type Page = (context: {
  readonly query: URLSearchParams;
  readonly accept?: string | undefined;
}) => Promise<AnyReply>;

export const PAGE_METHODS = 'GET, HEAD';

/** Adds pages, by path, after the contract. They respond to GET and HEAD, and are observed like operations. */
export function pageRouter(pages: Readonly<Record<string, Page>>): Router {
  const router = new Router({ strict: true, sensitive: true });
  for (const [path, page] of Object.entries(pages)) {
    router.all(path, async (ctx: Context) => {
      const { call } = ctx;
      call.route = path;
      call.phase = 'handling';
      if (call.method !== 'GET' && call.method !== 'HEAD') {
        ctx.reply = methodNotAllowed(call.method, PAGE_METHODS);
        return;
      }
      const reply = await page({
        query: new URLSearchParams(ctx.querystring),
        accept: ctx.req.headers.accept,
      });
      if (call.abandoned) discardReply(reply);
      else ctx.reply = reply;
    });
  }
  return router;
}

/** Responds to `OPTIONS *`, which is about the whole server (RFC 9110, section 9.3.7). */
export function optionsAsterisk(): Middleware {
  return function optionsAsterisk(ctx, next) {
    if (ctx.call.path !== '*') return next();
    ctx.call.route = '*';
    ctx.reply = { status: 204, headers: { Allow: METHODS } };
    return undefined;
  };
}

export function contractPages(definition: Document): Record<string, Page> {
  const json = JSON.stringify(definition);
  let yaml: Promise<string> | null = null;
  return {
    '/openapi.json': async () => ({ status: 200, body: json }),
    '/openapi.yml': async () => {
      yaml ??= contractYaml(definition);
      return { status: 200, contentType: 'application/yaml', body: await yaml };
    },
  };
}

export async function contractYaml(definition: Document): Promise<string> {
  // Loaded when requested; a CommonJS package that is loaded late has no named exports in the bundle.
  const { default: yaml } = await import('yaml');
  // Many tools read YAML 1.1, in which an unquoted time is not a string.
  return yaml.stringify(definition, { lineWidth: 120, compat: 'yaml-1.1' });
}

/** The contract as an interactive page at `/docs`: OpenAPI Explorer, without requests to other hosts. */
export function docsPage({ info: { title } }: Document, externalUrl: string): Record<string, Page> {
  // The element, unchanged from its package, and the script that uses it.
  const files = ['docs.css', 'openapi-explorer.js', 'docs.js'];
  return browserPage({ path: '/docs', title, files, externalUrl, hasInlineStyles: true });
}

/** The page at `/`: browsers are redirected to the documentation, other clients get links. */
export function rootPage(externalUrl: string): Record<string, Page> {
  const location = `${new URL(externalUrl).pathname.replace(/\/$/, '')}/docs`;
  const [docs, openapi, health] = ['/docs', '/openapi.json', '/health'].map((path) => `${externalUrl}${path}`);
  return {
    '/': async ({ accept }) =>
      negotiate(accept, ['application/json', 'text/html']) === 'text/html'
        ? { status: 302, headers: { Location: location, Vary: 'Accept' } }
        : { status: 200, headers: { Vary: 'Accept' }, body: JSON.stringify({ links: { docs, openapi, health } }) },
  };
}

/** A page for browsers: a shell that loads scripts and a style sheet, which `npm run build` makes from `pages/`. */
export interface BrowserPage {
  readonly path: string;
  readonly title: string;
  readonly files: readonly string[];
  /** The external URL, if the page also calls the service there. */
  readonly externalUrl?: string;
  /** Whether a library of the page writes `style` attributes. */
  readonly hasInlineStyles?: boolean;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript' };
/** File URLs contain a fingerprint of the content, so a cached file never needs revalidation. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const FINGERPRINT_CHARACTERS = 12;

/**
 * A page with its files. Its URLs are relative, so that it works under any path prefix. Its policy allows scripts and
 * style sheets from this origin only, and requests to it and the external URL.
 */
export function browserPage({
  path,
  title,
  files,
  externalUrl,
  hasInlineStyles = false,
}: BrowserPage): Record<string, Page> {
  // Each is loaded once, on request.
  const loaded = new Map<string, ReturnType<typeof load>>();
  const asset = (name: string) => getOrAdd(loaded, name, () => load(`${path.slice(1)}/${name}`));
  const headers = {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policy(externalUrl, hasInlineStyles),
    'Referrer-Policy': 'no-referrer',
  };

  /** The page, for a path from which `folder` leads to its files, and `root` to the contract. */
  async function shell(folder: string, root: string): Promise<AnyReply> {
    const urls = files.map((name) => `${folder}${name}?v=${asset(name).fingerprint}`);
    return { status: 200, contentType: 'text/html; charset=utf-8', headers, body: html(title, urls, root) };
  }

  const pages: Record<string, Page> = {
    [path]: () => shell(`${path.slice(1)}/`, './'),
    [`${path}/`]: () => shell('', '../'),
  };
  for (const name of files) {
    pages[`${path}/${name}`] = async ({ query }) => {
      const { content, contentType, fingerprint } = asset(name);
      const cacheControl = query.get('v') === fingerprint ? IMMUTABLE : 'no-cache';
      return { status: 200, contentType, headers: { 'Cache-Control': cacheControl }, body: content };
    };
  }
  return pages;
}

/** `fingerprint` changes only with the content. */
function load(name: string) {
  const content = readFileSync(pathOf(name));
  const contentType = `${CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]}; charset=utf-8`;
  const fingerprint = createHash('sha256').update(content).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
  return { contentType, content, fingerprint };
}

/** Next to the bundle; for the sources, below the root of the repository. */
function pathOf(name: string): string {
  const built = fileURLToPath(new URL(`../browser/${name}`, import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL(`../../dist/browser/${name}`, import.meta.url));
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
