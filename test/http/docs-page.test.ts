import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { expect } from 'chai';
import type { Browser, Locator, Page } from 'playwright-core';
import { type RunningService, startService } from '../sdk/service.js';
import { launchChromium } from '../support/chromium.js';

/** Set to a file name, it gets a picture of the page. */
const SCREENSHOT = process.env.DOCS_SCREENSHOT;

describe('the page at /docs', function () {
  this.timeout(180_000);
  let service: RunningService;
  let browser: Browser;

  before(async () => {
    service = await startService('--cors');
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  /** A page in a fresh profile, with everything it complained about and every other host it asked for. */
  async function open(url: string, ...others: string[]) {
    const allowed = [new URL(url).origin, ...others];
    const page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
    const complaints: string[] = [];
    const outsideRequests: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (failed) => complaints.push(`${failed.url()}: ${failed.failure()?.errorText}`));
    page.on('request', (sent) => {
      const { protocol, origin } = new URL(sent.url());
      if (protocol !== 'data:' && !allowed.includes(origin)) outsideRequests.push(sent.url());
    });
    await page.goto(url);
    await page.locator('.opblock').first().waitFor();
    return { page, complaints, outsideRequests };
  }

  it('renders, and creates and reads a payment, without an error and without another host', async () => {
    const { page, complaints, outsideRequests } = await open(`${service.url}/docs`);
    expect(page.url()).to.equal(`${service.url}/docs`);
    expect(await page.locator('.opblock-summary-path').allTextContents()).to.include('/v1/payments');

    const create = await tryItOut(page, 'createPayment');
    const created = await execute(create, 201);
    expect(created).to.contain('"version": 0');

    const get = await tryItOut(page, 'getPayment');
    const read = await execute(get, 200);
    expect(read).to.contain('"amount": "100.21"').and.to.contain(`"self": "${service.url}/v1/payments/`);
    if (SCREENSHOT) {
      await create.locator('.opblock-summary-control').click();
      await page.setViewportSize({ width: 1280, height: 1500 });
      await page.evaluate(`document.querySelector('#operations-tag-payments').scrollIntoView()`);
      await page.screenshot({ path: SCREENSHOT });
    }

    expect(complaints).to.deep.equal([]);
    expect(outsideRequests).to.deep.equal([]);
    await page.close();
  });

  it('sends no example of an optional parameter', async () => {
    const { page, complaints } = await open(`${service.url}/docs/`);
    const list = await tryItOut(page, 'listPayments');
    await execute(list, 200);
    expect(await list.locator('.request-url').textContent()).to.match(/\/v1\/payments\s*$/);
    expect(complaints).to.deep.equal([]);
    await page.close();
  });

  it('calls the service at its external URL too, where that is another origin', async () => {
    const externalUrl = service.url.replace('127.0.0.1', 'localhost');
    const other = await startService('--external-url', externalUrl);
    try {
      const { page, complaints, outsideRequests } = await open(`${other.url}/docs/`, externalUrl);
      await page.locator('.servers select').selectOption(externalUrl);
      const health = await tryItOut(page, 'getHealth', 'monitoring');
      await execute(health, 200);
      expect(await health.locator('.request-url').textContent()).to.contain(`${externalUrl}/health`);
      expect(complaints).to.deep.equal([]);
      expect(outsideRequests).to.deep.equal([]);
      await page.close();
    } finally {
      await other.stop();
    }
  });

  it('works behind a path prefix', async () => {
    const proxy = await startPrefixProxy('/pay', service.url);
    try {
      const { page, complaints, outsideRequests } = await open(`${proxy.url}/pay/docs`);
      expect(page.url()).to.equal(`${proxy.url}/pay/docs`);
      const list = await tryItOut(page, 'listPayments');
      await execute(list, 200);
      expect(await list.locator('.request-url').textContent()).to.contain(`${proxy.url}/pay/v1/payments`);
      expect(complaints).to.deep.equal([]);
      expect(outsideRequests).to.deep.equal([]);
      await page.close();
    } finally {
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
  });

  it('lets nothing inline and nothing from elsewhere run', async () => {
    const { headers } = await fetch(`${service.url}/docs/`);
    const directives = (headers.get('content-security-policy') ?? '').split('; ');
    expect(directives).to.include.members(["default-src 'none'", "script-src 'self'", "style-src 'self'"]);
    expect(directives).to.include.members(["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]);
  });

  it('lets a file be kept for ever under its fingerprint only', async () => {
    const html = await (await fetch(`${service.url}/docs/`)).text();
    const [named] = /swagger-ui\.css\?v=\w+/.exec(html) ?? [];
    const kept = await fetch(`${service.url}/docs/${named}`);
    expect(kept.headers.get('cache-control')).to.contain('immutable');
    expect(kept.headers.get('content-type')).to.equal('text/css; charset=utf-8');
    const asked = await fetch(`${service.url}/docs/swagger-ui.css?v=0`);
    expect(asked.headers.get('cache-control')).to.equal('no-cache');
  });

  it('serves no other file', async () => {
    for (const name of ['package.json', 'index.html', 'swagger-ui-bundle.js.map', '..%2fpackage.json', '%2e%2e/x']) {
      const { status } = await fetch(`${service.url}/docs/${name}`);
      expect(status, name).to.equal(404);
    }
  });
});

async function tryItOut(page: Page, operationId: string, tag = 'payments'): Promise<Locator> {
  const operation = page.locator(`#operations-${tag}-${operationId}`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  return operation;
}

/** Executes an operation that is open, and gives the body that the page shows. */
async function execute(operation: Locator, status: number): Promise<string> {
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response');
  await answer.waitFor();
  expect(await answer.locator('.response-col_status').textContent()).to.match(new RegExp(`^${status}`));
  return (await answer.locator('.response-col_description').textContent()) ?? '';
}

/** A reverse proxy that serves the service under a prefix, and takes the prefix off. */
async function startPrefixProxy(prefix: string, target: string): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    const { url = '/', method, headers } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const forwarded = request(target + url.slice(prefix.length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}
