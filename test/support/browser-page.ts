import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page in a fresh profile, with everything it complained about and every other host it asked for. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly outsideRequests: readonly string[];
}

/**
 * @param browser - where to open it
 * @param url - of the page
 * @param options - viewport and colours; other origins that the page may call
 */
export async function openPage(
  browser: Browser,
  url: string,
  { others = [], ...options }: BrowserContextOptions & { readonly others?: readonly string[] } = {},
): Promise<OpenPage> {
  const allowed = [new URL(url).origin, ...others];
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
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
  return { page, complaints, outsideRequests };
}

/**
 * What axe-core finds in a page as it is now, shadow roots included: everything critical or serious.
 *
 * @param page - where to look
 */
export async function seriousFindings(page: Page): Promise<string[]> {
  return page.evaluate(`(async () => {
    if (!window.axe) { ${AXE} }
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'critical' || impact === 'serious')
      .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + JSON.stringify(target) + ' ' + any[0]?.message));
  })()`);
}
