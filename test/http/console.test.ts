import { expect } from 'chai';
import type { Page } from 'playwright-core';
import {
  findingsInBothColours,
  type OpenPage,
  openBrowser,
  seriousFindings,
  type TestBrowser,
  tabTo,
} from '../support/browser-page.js';
import { type RunningService, startService } from '../support/service.js';

const TOKEN = 'token-of-the-operators';
const DIGITS = '12345678901234567890';

describe('the page at /console', () => {
  let service: RunningService;
  /** Services of a single test. */
  const others: RunningService[] = [];
  let browser: TestBrowser;

  before(async () => {
    service = await startService(['--console', '--admin']);
    browser = await openBrowser();
  });
  beforeEach('no payments', async () => {
    expect((await fetch(`${service.url}/admin/repo`, { method: 'DELETE' })).status).to.equal(204);
  });
  afterEach(async () => {
    for (const other of others.splice(0)) await other.stop();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  const open = ({ url } = service): Promise<OpenPage> => browser.open(`${url}/console`);

  async function startAnother(...flags: string[]): Promise<RunningService> {
    const other = await startService(flags);
    others.push(other);
    return other;
  }

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
  });

  it('creates a payment and shows its history by keyboard alone, with a visible focus', async () => {
    const { page } = await open();
    await page.getByText('No payments here.').waitFor();
    await tabTo(page, 'Create an example');
    await page.keyboard.press('Enter');
    const id = await section(page, 'Payments')
      .getByRole('button', { name: /^example-/ })
      .textContent();
    await tabTo(page, String(id));
    await page.keyboard.press('Enter');
    await section(page, 'History of').getByText('created as version 0').waitFor();
  });

  it('shows writes of other clients as they happen, with every digit', async () => {
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
  });

  it('shows payments whose currency is not text', async () => {
    await write('POST', '', { id: 'odd', attributes: '{"amount": "950.00", "currency": 1.10}' });
    await write('POST', '', { id: 'other', attributes: '{"amount": "951.00", "currency": {"code": "GBP"}}' });
    const { page, complaints } = await open();
    await page.getByRole('row', { name: 'odd' }).getByText('950.00').waitFor();
    await page.getByRole('row', { name: 'other' }).getByText('951.00').waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('begins the feed with the last changes only', async () => {
    for (let at = 0; at < 25; at++) await write('POST', '', { id: `payment-${at}` });
    const { page } = await open();
    const feed = section(page, 'Changes').locator('li');
    await feed.nth(19).waitFor();
    expect(await feed.first().textContent()).to.contain('payment-24');
    expect(await feed.last().textContent()).to.contain('payment-5');
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
  });

  it('fits on a phone, with readable ids', async () => {
    const id = '4ee3a8d8-ca7b-4290-a52c-000000000001';
    await write('POST', '', { id, organisation_id: '743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb' });
    const { page } = await browser.open(`${service.url}/console`, { viewport: { width: 390, height: 800 } });
    const link = section(page, 'Payments').getByRole('button', { name: id });
    // Three lines.
    expect((await link.boundingBox())?.height).to.be.below(80);
    await link.click();
    await section(page, 'History of').getByText('743d5b63').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390);
  });

  it('fits on a small phone, however long names are', async () => {
    const organisation_id = 'o'.repeat(255);
    await write('POST', '', { id: 'i'.repeat(255), organisation_id });
    const { page } = await browser.open(`${service.url}/console`, { viewport: { width: 320, height: 568 } });
    await section(page, 'Payments')
      .getByRole('button', { name: 'i'.repeat(255) })
      .click();
    await section(page, 'History of').getByText(organisation_id).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(320);
  });

  it('shows that the service is unreachable', async () => {
    const other = await startAnother('--console');
    const { page } = await open(other);
    await page.getByRole('status').getByText('up', { exact: true }).waitFor();
    await other.stop();
    await page.getByRole('status').getByText('unreachable').waitFor();
  });

  it('follows a service that has restarted, whose memory is empty', async () => {
    const other = await startAnother('--console');
    const { page } = await open(other);
    for (const nth of [0, 1]) {
      await page.getByRole('button', { name: 'Create an example' }).click();
      await section(page, 'Changes').getByText('created').nth(nth).waitFor();
    }
    await other.stop();
    await startAnother('--console', '--listen', `127.0.0.1:${other.port}`);
    await section(page, 'Changes').getByText('No change yet.').waitFor();
    await page.getByText('No payments here.').waitFor();
    await page.getByRole('button', { name: 'Create an example' }).click();
    await section(page, 'Changes').getByText('created').waitFor();
    await section(page, 'Payments')
      .getByRole('button', { name: /^example-/ })
      .waitFor();
  });

  it('asks for the operators’ token, and keeps it in memory only', async () => {
    const { page } = await open(await startAnother('--console', '--admin-token', TOKEN));
    for (const wrong of ['another', `“${TOKEN}”`]) {
      await page.getByLabel('token').fill(wrong);
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('alert').getByText('This is not the token').waitFor();
      expect(await section(page, 'Payments').count()).to.equal(0);
    }
    await page.getByLabel('token').fill(TOKEN);
    await page.getByRole('button', { name: 'Open' }).click();
    await section(page, 'Payments').waitFor();
    expect(await page.context().cookies()).to.deep.equal([]);
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).to.equal(0);
    await page.reload();
    await page.getByLabel('token').waitFor();
    expect(await seriousFindings(page)).to.deep.equal([]);
  });

  it('uses the prefix of the API', async () => {
    const { page, complaints } = await open(await startAnother('--console', '--api-version', 'v7'));
    await page.getByRole('button', { name: 'Create an example' }).click();
    await section(page, 'Payments')
      .getByRole('button', { name: /^example-/ })
      .waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('has no critical or serious accessibility finding in light and dark colours, wide and narrow', async () => {
    await write('POST', '', { id: 'rent' });
    const { page } = await open();
    await section(page, 'Payments').getByRole('button', { name: 'rent' }).click();
    await section(page, 'History of rent').locator('li').waitFor();
    await section(page, 'Changes').getByText('created').waitFor();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await findingsInBothColours(page), `${width} pixels wide`).to.deep.equal([]);
    }
  });

  it('does not run inline or foreign scripts', async () => {
    const { headers } = await fetch(`${service.url}/console/`);
    const directives = (headers.get('content-security-policy') ?? '').split('; ');
    expect(directives).to.include.members(["default-src 'none'", "script-src 'self'", "style-src 'self'"]);
  });

  it('does not exist unless enabled', async () => {
    const { url } = await startAnother();
    for (const path of ['', '/', '/console.js', '/service']) {
      expect((await fetch(`${url}/console${path}`)).status, path).to.equal(404);
    }
  });

  /** Writes a payment as another client. */
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
