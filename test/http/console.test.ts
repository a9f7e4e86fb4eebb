import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { type OpenPage, openPage, seriousFindings } from '../support/browser-page.js';
import { launchChromium } from '../support/chromium.js';
import { type RunningService, startService } from '../support/service.js';

const TOKEN = 'token-of-the-operators';
const DIGITS = '12345678901234567890';

describe('the page at /console', function () {
  this.timeout(120_000);
  let service: RunningService;
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    service = await startService(['--console']);
  });
  afterEach(() => service.stop());
  after(() => browser?.close());

  const open = (options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> =>
    openPage(browser, `${service.url}/console`, options);

  it('creates a first payment, and shows it in the list, the feed and its history', async () => {
    const { page, complaints, outsideRequests } = await open();
    await page.getByText('No payments here.').waitFor();
    await page.getByRole('button', { name: 'Create an example' }).click();
    await section(page, 'Changes').getByText('created').waitFor();
    const id = section(page, 'Payments').getByRole('button', { name: /^example-/ });
    await id.click();
    await section(page, 'History of').getByText('created as version 0').waitFor();
    expect(await section(page, 'History of').locator('pre').textContent()).to.contain('"amount": "100.21"');
    expect(complaints).to.deep.equal([]);
    expect(outsideRequests).to.deep.equal([]);
    await page.close();
  });

  it('shows what other clients write as it happens, with every digit', async () => {
    await write('POST', '', { id: 'rent', attributes: `{"amount": "950.00", "reference": ${DIGITS}}` });
    const { page } = await open();
    await section(page, 'Payments').getByRole('button', { name: 'rent' }).click();
    const history = section(page, 'History of rent').locator('li');
    await history.first().waitFor();
    await write('PUT', '/rent', { id: 'rent', attributes: `{"amount": "960.00", "reference": ${DIGITS}}` });
    await section(page, 'Changes').getByText('updated').waitFor();
    await page.getByRole('row', { name: 'rent' }).getByText('960.00').waitFor();
    await history.nth(1).waitFor();
    expect(await history.nth(1).textContent())
      .to.contain('updated as version 1')
      .and.to.contain(DIGITS);

    await fetch(`${service.url}/v1/payments/rent?version=1`, { method: 'DELETE' });
    await page.getByText('No payments here.').waitFor();
    await history.nth(2).getByText('deleted').waitFor();
    await page.close();
  });

  it('begins the feed with the last changes only', async () => {
    for (let at = 0; at < 25; at++) await write('POST', '', { id: `payment-${at}` });
    const { page } = await open();
    const feed = section(page, 'Changes').locator('li');
    await feed.nth(19).waitFor();
    expect(await feed.first().textContent()).to.contain('payment-24');
    expect(await feed.last().textContent()).to.contain('payment-5');
    await page.close();
  });

  it('goes from page to page, and filters by organisation', async () => {
    for (let at = 0; at < 25; at++) {
      await write('POST', '', { id: `payment-${at}`, organisation_id: at % 5 === 0 ? 'acme' : 'other' });
    }
    const { page } = await open();
    const ids = section(page, 'Payments').locator('tbody tr');
    const showsRows = (from: string, count: number) =>
      page
        .locator(`tbody:has(tr:nth-child(${count})):not(:has(tr:nth-child(${count + 1})))`)
        .locator('tr:first-child')
        .getByText(from, { exact: true })
        .waitFor();
    await showsRows('payment-0', 20);
    await page.getByRole('button', { name: 'Next' }).click();
    await showsRows('payment-20', 5);
    await page.getByRole('button', { name: 'Previous' }).click();
    await showsRows('payment-0', 20);
    await page.getByLabel('Organisation').fill('acme');
    await page.getByRole('button', { name: 'Filter' }).click();
    await showsRows('payment-0', 5);
    expect(await ids.last().textContent()).to.contain('payment-20');
    await page.close();
  });

  it('says when the service is unreachable', async () => {
    const { page } = await open();
    await page.getByRole('status').getByText('up', { exact: true }).waitFor();
    await service.stop();
    await page.getByRole('status').getByText('unreachable').waitFor();
    await page.close();
  });

  it('asks for the operators’ token, and keeps it in memory only', async () => {
    await service.stop();
    service = await startService(['--console', '--admin-token', TOKEN]);
    const { page } = await open();
    await page.getByLabel('token').fill('another');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').waitFor();
    expect(await section(page, 'Payments').count()).to.equal(0);
    await page.getByLabel('token').fill(TOKEN);
    await page.getByRole('button', { name: 'Open' }).click();
    await section(page, 'Payments').waitFor();
    expect(await page.context().cookies()).to.deep.equal([]);
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).to.equal(0);
    await page.reload();
    await page.getByLabel('token').waitFor();
    expect(await seriousFindings(page)).to.deep.equal([]);
    await page.close();
  });

  it('knows the prefix of the API', async () => {
    await service.stop();
    service = await startService(['--console', '--api-version', 'v7']);
    const { page, complaints } = await open();
    await page.getByRole('button', { name: 'Create an example' }).click();
    await section(page, 'Payments')
      .getByRole('button', { name: /^example-/ })
      .waitFor();
    expect(complaints).to.deep.equal([]);
    await page.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      it(`has no critical or serious accessibility finding in ${colorScheme} colours, ${width} pixels wide`, async () => {
        await write('POST', '', { id: 'rent' });
        const { page } = await open({ colorScheme, viewport: { width, height: 800 } });
        await section(page, 'Payments').getByRole('button', { name: 'rent' }).click();
        await section(page, 'History of rent').locator('li').waitFor();
        await section(page, 'Changes').getByText('created').waitFor();
        expect(await seriousFindings(page)).to.deep.equal([]);
        await page.close();
      });
    }
  }

  it('lets nothing inline and nothing from elsewhere run', async () => {
    const { headers } = await fetch(`${service.url}/console/`);
    const directives = (headers.get('content-security-policy') ?? '').split('; ');
    expect(directives).to.include.members(["default-src 'none'", "script-src 'self'", "style-src 'self'"]);
  });

  it('is not there unless it is switched on', async () => {
    await service.stop();
    service = await startService();
    for (const path of ['', '/', '/console.js', '/service']) {
      expect((await fetch(`${service.url}/console${path}`)).status, path).to.equal(404);
    }
  });

  /** Writes a payment as another client does. */
  async function write(
    method: string,
    path: string,
    { attributes = '{"amount": "1"}', ...others }: { id: string; organisation_id?: string; attributes?: string },
  ): Promise<void> {
    const data = JSON.stringify({ type: 'Payment', version: 0, organisation_id: 'acme', ...others });
    const response = await fetch(`${service.url}/v1/payments${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: `{"data": ${data.slice(0, -1)}, "attributes": ${attributes}}}`,
    });
    expect(response.ok, await response.text()).to.equal(true);
  }
});

function section(page: Page, heading: string) {
  return page.getByRole('region', { name: heading });
}
