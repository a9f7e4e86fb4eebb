import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { prepared } from '../../pages/docs/prepared.js';
import { until } from '../ops/support.js';
import {
  findingsInBothColours,
  openBrowser,
  seriousFindings,
  type TestBrowser,
  tabTo,
} from '../support/browser-page.js';
import { type RunningService, startAtItsUrl } from '../support/service.js';

const PHONE = { width: 390, height: 844 };
const SMALL_PHONE = { width: 320, height: 568 };
const OPERATIONS = [
  'get-/v1/payments',
  'post-/v1/payments',
  'get-/v1/payments/-id-',
  'put-/v1/payments/-id-',
  'delete-/v1/payments/-id-',
  'get-/v1/payments/-id-/versions',
  'get-/v1/changes',
  'get-/admin/repo',
  'delete-/admin/repo',
  'get-/health',
  'get-/health/live',
  'get-/metrics',
];

describe('the contract for the page at /docs', () => {
  it('shows the parameters of a path in each of its operations', () => {
    const id = { name: 'id', in: 'path', required: true, example: 'a' };
    const prepare = (paths: object) =>
      prepared({ info: {}, paths: { '/a/{id}': Object({ summary: 'A', ...paths }) } }, 'http://localhost').paths[
        '/a/{id}'
      ];
    const get = { parameters: [{ $ref: '#/paths/~1a~1{id}/parameters/0' }] };
    const { get: shown, ...others } = prepare({ parameters: [id], get: {} }) ?? {};
    expect(others).to.deep.equal({});
    expect(shown?.parameters).to.deep.equal([{ ...id, default: 'a' }]);
    expect(shown?.['x-code-samples']?.[0]?.source).to.equal("curl 'http://localhost/a/a'");
    expect(prepare({ parameters: [id], get })?.get).to.deep.equal(shown);
  });
});

describe('the page at /docs', () => {
  let service: RunningService;
  let browser: TestBrowser;

  before(async () => {
    service = await startAtItsUrl(['--cors']);
    browser = await openBrowser();
  });

  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('executes requests: creates and reads a payment, without an error or a request to another host', async () => {
    const { page, complaints, outsideRequests } = await browser.open(`${service.url}/docs`);
    const create = await showOperation(page, 'Create a payment');
    expect(await execute(create, 201)).to.contain('"version": 0');

    const get = await showOperation(page, 'Get a payment');
    const read = await execute(get, 200);
    expect(read).to.contain('"amount": "100.21"').and.to.contain(`"self": "${service.url}/v1/payments/`);
    expect(complaints).to.deep.equal([]);
    expect(outsideRequests).to.deep.equal([]);
  });

  it('sends a request by keyboard alone, with a visible focus', async () => {
    const { page } = await browser.open(`${service.url}/docs/`);
    await page.locator('.nav-bar-path', { hasText: 'List payments' }).waitFor();
    await tabTo(page, 'List payments');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Execute' }).waitFor();
    await tabTo(page, 'Execute');
    await page.keyboard.press('Enter');
    await page.locator('.response-message', { hasText: '(200)' }).waitFor();
  });

  it('sends a request by keyboard alone on a phone, whose layout a magnified window has too', async () => {
    const { page } = await browser.open(`${service.url}/docs/`, { viewport: PHONE });
    const operation = page.getByRole('button', { name: 'List payments' });
    await operation.waitFor();
    await tabTo(page, String(await operation.textContent()).trim());
    expect(await operation.getAttribute('aria-expanded')).to.equal('false');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'List payments', expanded: true }).waitFor();
    await page.getByRole('button', { name: 'Execute' }).waitFor();
    await tabTo(page, 'Execute');
    await page.keyboard.press(' ');
    await page.locator('.response-message', { hasText: '(200)' }).waitFor();
  });

  it('links from its first page to every tag and operation', async () => {
    const { page, complaints } = await browser.open(`${service.url}/docs/`);
    const main = page.getByRole('main');
    await main.getByRole('link', { name: 'Create a payment' }).click();
    await main.getByRole('heading', { name: 'Create a payment' }).waitFor();
    await page.goBack();
    await main.getByRole('link', { name: 'conventions' }).click();
    await main.getByText('Every error is a').waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('sends no example of an optional parameter', async () => {
    const { page, complaints } = await browser.open(`${service.url}/docs/`);
    const called = page.waitForRequest(/\/v1\/payments/);
    await execute(await showOperation(page, 'List payments'), 200);
    const sent = await called;
    expect(new URL(sent.url()).search).to.equal('');
    expect(sent.headers()).not.to.have.property('x-request-id');
    expect(complaints).to.deep.equal([]);
  });

  it('has three panes: the operations, the request, and code samples with the responses', async () => {
    const { page } = await browser.open(`${service.url}/docs`);
    const operation = await showOperation(page, 'Create a payment');
    const panes = ['nav.nav-bar', '.request-panel .req-res-title', '.response-panel .req-res-title'];
    const [menu, send, receive] = await Promise.all(panes.map((pane) => page.locator(pane).first().boundingBox()));
    const samples = await operation.getByText('Code samples').boundingBox();
    const rightOf = (box: typeof menu) => (box ? box.x + box.width : Number.NaN);
    expect(rightOf(menu)).to.be.at.most(send?.x ?? 0);
    expect(rightOf(send)).to.be.at.most(receive?.x ?? 0);
    expect(samples?.x).to.equal(receive?.x);
    for (const [language, line] of [
      ['curl', `curl -X POST '${service.url}/v1/payments'`],
      ['JavaScript', `await fetch('${service.url}/v1/payments'`],
      ['Python', `requests.request('POST', '${service.url}/v1/payments'`],
    ] as const) {
      await operation.getByRole('button', { name: language }).click();
      expect(await operation.locator('syntax-highlighter:visible pre').first().textContent()).to.contain(line);
    }
  });

  for (const [name, viewport] of [
    ['a desktop', { width: 1280, height: 800 }],
    ['a phone', PHONE],
  ] as const) {
    it(`has one main heading, and shows operations on the first screen of ${name}`, async () => {
      const { page } = await browser.open(`${service.url}/docs`, { viewport });
      await page.getByRole('heading', { level: 1, name: 'Payments API' }).waitFor();
      expect(await page.getByRole('heading', { level: 1 }).count()).to.equal(1);
      for (const summary of ['List payments', 'Create a payment', 'Delete a payment']) {
        const operation = page.getByText(summary, { exact: true }).filter({ visible: true }).first();
        await operation.waitFor();
        const box = await operation.boundingBox();
        expect(box && box.y + box.height, summary).to.be.within(0, viewport.height);
      }
    });
  }

  it('finds operations', async () => {
    const { page } = await browser.open(`${service.url}/docs`);
    const paths = page.locator('.nav-bar-path');
    await page.getByRole('navigation').getByText('List payments').waitFor();
    await page.getByPlaceholder('Filter').fill('prometheus');
    await page.getByRole('navigation').getByText('List payments').waitFor({ state: 'detached' });
    expect(await paths.allTextContents()).to.satisfy(
      (texts: string[]) => texts.map((text) => text.trim()).join() === 'Metrics for Prometheus',
    );
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('#advanced-search-dialog-input').pressSequentially('versions');
    await page.locator('.advanced-search-results').getByText('/v1/payments/{id}/versions').waitFor();
    expect(await findingsInBothColours(page)).to.deep.equal([]);
  });

  it('finds operations on a phone', async () => {
    const { page } = await browser.open(`${service.url}/docs`, { viewport: PHONE });
    await page.getByText('List payments').filter({ visible: true }).waitFor();
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('#advanced-search-dialog-input').pressSequentially('versions');
    const found = page.locator('.advanced-search-results').getByText('/v1/payments/{id}/versions');
    // Each key renders the results again.
    const box = await until(
      () => found.boundingBox(),
      (each) => each !== null,
    );
    expect(box?.x).to.be.within(0, PHONE.width);
  });

  it('is dark if the system is, until its button is used', async () => {
    const { page } = await browser.open(`${service.url}/docs`, { colorScheme: 'dark' });
    const lightness = () =>
      page.evaluate<number>(`parseInt(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])`);
    expect(await lightness()).to.be.lessThan(40);
    await page.getByRole('button', { name: 'Light' }).click();
    expect(await lightness()).to.equal(255);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await lightness()).to.be.lessThan(40);
  });

  it('has no critical or serious accessibility finding in light and dark colours', async () => {
    const { page, complaints } = await browser.open(`${service.url}/docs`);
    for (const place of ['overview', 'servers', 'auth', 'tag--conventions', ...OPERATIONS]) {
      await page.evaluate(`location.hash = ${JSON.stringify(`#?route=${place}`)}`);
      await page.locator(`[id="${place}"]`).first().waitFor();
      expect(await findingsInBothColours(page), place).to.deep.equal([]);
    }
    await execute(await showOperation(page, 'Is the service ready?'), 200);
    expect(await findingsInBothColours(page), 'a response').to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
  });

  it('has no serious finding on a phone', async () => {
    const { page } = await browser.open(`${service.url}/docs`, { viewport: PHONE });
    for (const summary of ['Create a payment', 'List changes', 'Delete everything']) {
      await page.locator('summary', { hasText: summary }).click();
      await page.locator('.endpoint-body').waitFor();
      expect(await findingsInBothColours(page), summary).to.deep.equal([]);
      await page.locator('summary', { hasText: summary }).click();
    }
  });

  it('lets a table that is wider than a phone be scrolled by keyboard, and no other', async () => {
    const { page } = await browser.open(`${service.url}/docs`, { viewport: SMALL_PHONE });
    const table = page.getByRole('table', { name: 'Table: status, code, when' });
    await table.focus();
    expect(await seriousFindings(page)).to.deep.equal([]);
    const scrolled = page.evaluate(
      `new Promise((resolve) => document.querySelector('openapi-explorer').shadowRoot.activeElement
        .addEventListener('scroll', () => resolve(true), { once: true }))`,
    );
    await table.press('ArrowRight');
    expect(await scrolled).to.equal(true);
    await page.setViewportSize({ ...SMALL_PHONE, width: 700 });
    await page.locator('.m-markdown table:not([tabindex])').first().waitFor();
  });

  it('calls the service at its external URL, even at another origin', async () => {
    const externalUrl = service.url.replace('127.0.0.1', 'localhost');
    const other = await startAtItsUrl(['--external-url', externalUrl]);
    try {
      const options = { others: [externalUrl] };
      const { page, complaints, outsideRequests } = await browser.open(`${other.url}/docs/`, options);
      await page.getByRole('link', { name: 'API Servers' }).click();
      await page.locator(`input[type=radio][value="${externalUrl}"]`).check();
      const called = page.waitForRequest(`${externalUrl}/health`);
      await execute(await showOperation(page, 'Is the service ready?'), 200);
      await called;
      expect(complaints).to.deep.equal([]);
      expect(outsideRequests).to.deep.equal([]);
    } finally {
      await other.stop();
    }
  });

  it('works under a path prefix', async () => {
    const proxy = await startPrefixProxy('/pay', service.url);
    try {
      const { page, complaints, outsideRequests } = await browser.open(`${proxy.url}/pay/docs`);
      expect(page.url()).to.equal(`${proxy.url}/pay/docs`);
      const called = page.waitForRequest(`${proxy.url}/pay/v1/payments`);
      await execute(await showOperation(page, 'List payments'), 200);
      await called;
      expect(complaints).to.deep.equal([]);
      expect(outsideRequests).to.deep.equal([]);
    } finally {
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
  });

  it('says so if the contract cannot be loaded', async () => {
    const { page } = await browser.open(`${service.url}/docs`);
    await page.route('**/openapi.json', (route) => route.fulfill({ status: 503, body: 'Not now.' }));
    await page.reload();
    await page.getByRole('alert').getByText('The service responded 503').waitFor();
  });

  it('runs no script that is inline, made from text, or from elsewhere', async () => {
    const { headers } = await fetch(`${service.url}/docs/`);
    const directives = (headers.get('content-security-policy') ?? '').split('; ');
    expect(directives).to.include.members(["default-src 'none'", "script-src 'self'"]);
    expect(directives).to.include.members(["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]);
    const { page } = await browser.open(`${service.url}/docs/`);
    // After an event loop turn: a debugger's own evaluation is exempt.
    const made = await page.evaluate(
      `new Promise((resolve) => setTimeout(() => {
        try { resolve(new Function('return 1')()); } catch (error) { resolve(error.name); }
      }))`,
    );
    expect(made).to.equal('EvalError');
  });

  it('allows caching forever only for files with a fingerprint', async () => {
    const html = await (await fetch(`${service.url}/docs/`)).text();
    const [named] = /docs\.css\?v=\w+/.exec(html) ?? [];
    const kept = await fetch(`${service.url}/docs/${named}`);
    expect(kept.headers.get('cache-control')).to.contain('immutable');
    expect(kept.headers.get('content-type')).to.equal('text/css; charset=utf-8');
    const asked = await fetch(`${service.url}/docs/docs.css?v=0`);
    expect(asked.headers.get('cache-control')).to.equal('no-cache');
  });

  it('serves no other file', async () => {
    for (const name of ['package.json', 'index.html', 'docs.js.map', '..%2fpackage.json', '%2e%2e/x']) {
      const { status } = await fetch(`${service.url}/docs/${name}`);
      expect(status, name).to.equal(404);
    }
  });
});

/** Shows one operation, by its summary in the menu. */
async function showOperation(page: Page, summary: string): Promise<Locator> {
  await page.locator('.nav-bar-path', { hasText: summary }).click();
  const operation = page.locator('.expanded-endpoint-body', { has: page.getByRole('heading', { name: summary }) });
  await operation.waitFor();
  return operation;
}

/** Executes the shown operation, and returns the body on the page. */
async function execute(operation: Locator, status: number): Promise<string> {
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.response-message', { hasText: `(${status})` }).waitFor();
  return (await operation.locator('.request-panel syntax-highlighter:visible pre').first().textContent()) ?? '';
}

/** A reverse proxy that serves the service under a prefix, and removes the prefix. */
async function startPrefixProxy(prefix: string, target: string): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    const { url = '/', method, headers } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const forwarded = request(target + url.slice(prefix.length), { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}
