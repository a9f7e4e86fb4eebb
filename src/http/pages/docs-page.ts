import type { Document } from 'openapi-backend';
import { browserPage } from './browser-page.js';
import type { Page } from './pages.js';

/** The element, which comes from its package as it is, and the script that uses it. */
const FILES = ['docs.css', 'openapi-explorer.js', 'docs.js'];

/**
 * The contract as an interactive page at `/docs`: OpenAPI Explorer, without any other host.
 *
 * @param externalUrl - how clients reach the service; the page may call it there too
 */
export function docsPage({ info: { title } }: Document, externalUrl: string): Record<string, Page> {
  return browserPage({ path: '/docs', title, files: FILES, externalUrl, hasInlineStyles: true });
}

/**
 * What is at `/`: a browser is sent to the documentation, anybody else gets links.
 *
 * @param externalUrl - how clients reach the service
 */
export function rootPage(externalUrl: string): Record<string, Page> {
  const docs = `${new URL(externalUrl).pathname.replace(/\/$/, '')}/docs`;
  const links = {
    docs: `${externalUrl}/docs`,
    openapi: `${externalUrl}/openapi.json`,
    health: `${externalUrl}/health`,
  };
  return {
    '/': async ({ accept = '' }) =>
      accept.includes('text/html')
        ? { status: 302, headers: { Location: docs, Vary: 'Accept' } }
        : { status: 200, headers: { Vary: 'Accept' }, body: JSON.stringify({ links }) },
  };
}
