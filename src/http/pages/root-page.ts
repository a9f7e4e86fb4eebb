import type { Page } from './pages.js';

/** Where to look further, below the service's own URL. */
const LINKS = { docs: '/docs', openapi: '/openapi.json', health: '/health' };

/**
 * What is at `/`: a browser is sent to the documentation, anybody else gets links.
 *
 * @param externalUrl - how clients reach the service
 */
export function rootPage(externalUrl: string): Record<string, Page> {
  const prefix = new URL(externalUrl).pathname.replace(/\/$/, '');
  const links = Object.fromEntries(Object.entries(LINKS).map(([name, path]) => [name, `${externalUrl}${path}`]));
  const body = JSON.stringify({ links });
  return {
    '/': async ({ accept = '' }) =>
      accept.includes('text/html')
        ? { status: 302, headers: { Location: prefix + LINKS.docs, Vary: 'Accept' } }
        : { status: 200, headers: { Vary: 'Accept' }, body },
  };
}
