import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';
import { openBrowser, type TestBrowser } from '../support/browser-page.js';
import { freePort } from '../support/http.js';
import { type RunningService, startAtItsUrl } from '../support/service.js';
import type * as calls from './browser-calls.js';

const CALLS = fileURLToPath(new URL('browser-calls.ts', import.meta.url));
const PAGE = '<link rel="icon" href="data:,"><script type="module" src="calls.js"></script>';

describe('the TypeScript client in a browser, on a page of another origin', () => {
  const services: RunningService[] = [];
  let site: Server;
  let siteUrl: string;
  let browser: TestBrowser;

  before(async () => {
    const { outputFiles } = await build({
      stdin: { contents: `import * as calls from ${JSON.stringify(CALLS)}; window.calls = calls;`, resolveDir: '/' },
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    });
    site = createServer(({ url }, response) => {
      const isScript = url === '/calls.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? outputFiles[0]?.text : PAGE);
    });
    const port = await freePort();
    siteUrl = `http://localhost:${port}`;
    await new Promise<void>((resolve) => site.listen(port, '127.0.0.1', resolve));
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  /** Calls a function of the page, with the URL of a service. */
  async function inPage<Name extends keyof typeof calls>(
    name: Name,
    ...flags: string[]
  ): Promise<Awaited<ReturnType<(typeof calls)[Name]>>> {
    const service = await startAtItsUrl(['--cors', ...flags]);
    services.push(service);
    const { page } = await browser.open(siteUrl, { others: [service.url] });
    return await page.evaluate<Awaited<ReturnType<(typeof calls)[Name]>>>(
      `calls.${name}(${JSON.stringify(service.url)})`,
    );
  }

  it('creates, reads, updates and deletes', async () => {
    expect(await inPage('eachOperation', '--cors-origin', siteUrl)).to.deep.equal({
      unchanged: null,
      version: 1,
      code: 'version_conflict',
      hasRequestId: true,
      versions: ['created', 'updated', 'deleted'],
    });
  });

  it('follows changes with a long poll, which can be aborted', async () => {
    expect(await inPage('followAndLeave')).to.deep.equal({ seen: 'followed', end: 'the page is left' });
  });

  it('waits as long as Retry-After says, and retries', async () => {
    const { pages, delays } = await inPage('exceedTheLimit', '--limit', '2-S');
    expect(pages).to.equal(6);
    expect(delays).not.to.deep.equal([]);
    for (const { code, delayMs } of delays) {
      expect(code).to.equal('rate_limited');
      expect(delayMs).to.be.at.least(1000);
    }
  });
});
