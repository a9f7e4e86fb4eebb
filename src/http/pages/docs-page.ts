import { ASSET_NAMES, createAssets } from './docs-page/assets.js';
import { docsHtml } from './docs-page/html.js';
import type { Page } from './pages.js';

/** The URL of a file carries a fingerprint of its content, so what was loaded under it never has to be asked for again. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * The contract as an interactive page at `/docs`: Swagger UI, served from the installed package, without any other
 * host. Its policy lets scripts and styles come from here only, none of them inline, and requests go here and to the
 * external URL, where "Try it out" may call the service.
 *
 * @param externalUrl - how clients reach the service; leave it out where the page is the only place to call it from
 * @returns pages by path, for the page router
 */
export function docsPages(externalUrl?: string): Record<string, Page> {
  const asset = createAssets();
  const contentSecurityPolicy = policy(externalUrl);

  /** The page, as it is under a path from which `folder` leads to its files and `root` to the contract. */
  const html = async (folder: string, root: string): ReturnType<Page> => {
    const urls = new Map<string, string>();
    for (const name of ASSET_NAMES) urls.set(name, `${folder}${name}?v=${(await asset(name)).fingerprint}`);
    return {
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: {
        'Cache-Control': 'no-cache',
        'Content-Security-Policy': contentSecurityPolicy,
        'Referrer-Policy': 'no-referrer',
      },
      body: docsHtml((name) => urls.get(name) ?? name, root),
    };
  };

  // All addresses in the page are relative, so that it works behind any path prefix.
  const pages: Record<string, Page> = {
    '/docs': () => html('docs/', './'),
    '/docs/': () => html('', '../'),
  };
  for (const name of ASSET_NAMES) {
    pages[`/docs/${name}`] = async ({ query }) => {
      const { content, contentType, fingerprint } = await asset(name);
      const cacheControl = query.get('v') === fingerprint ? IMMUTABLE : 'no-cache';
      return { status: 200, contentType, headers: { 'Cache-Control': cacheControl }, body: content };
    };
  }
  return pages;
}

/** What the page may load and call (CSP Level 3). */
function policy(externalUrl: string | undefined): string {
  const connect = externalUrl === undefined ? "'self'" : `'self' ${new URL(externalUrl).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
