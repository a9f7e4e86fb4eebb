import type { Document } from 'openapi-backend';
import { browserPage } from './browser-page.js';
import type { Page } from './pages.js';

/** The element, which comes from its package as it is, and the script that uses it. */
const FILES = ['docs.css', 'openapi-explorer.js', 'docs.js'];

/**
 * The contract as an interactive page at `/docs`: OpenAPI Explorer, without any other host.
 *
 * @param definition - the contract as it is served
 * @param externalUrl - how clients reach the service; the page may call it there too
 */
export function docsPage({ info: { title } }: Document, externalUrl: string): Record<string, Page> {
  return browserPage({ path: '/docs', title, files: FILES, externalUrl, hasInlineStyles: true });
}
