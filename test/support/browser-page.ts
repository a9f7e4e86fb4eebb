import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page, ViewportSize } from 'playwright-core';
import { BROWSER_LIMIT_MS, launchChromium } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page with its console errors and its requests to other hosts. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly outsideRequests: readonly string[];
}

/** The view of a page, and other origins that it may call. */
export interface View {
  readonly viewport?: ViewportSize;
  readonly colorScheme?: 'light' | 'dark';
  readonly others?: readonly string[];
}

/** A browser with one page, which a suite reuses: a new one for each test takes a second of CPU. */
export interface TestBrowser {
  open(url: string, view?: View): Promise<OpenPage>;
  close(): Promise<void>;
}

/** Starts a browser with an empty profile. */
export async function openBrowser(): Promise<TestBrowser> {
  const browser = await launchChromium();
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(BROWSER_LIMIT_MS);
  let [complaints, outsideRequests]: string[][] = [];
  let allowed: readonly string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints?.push(message.text());
  });
  page.on('pageerror', (error) => complaints?.push(error.message));
  page.on('requestfailed', (failed) => complaints?.push(`${failed.url()}: ${failed.failure()?.errorText}`));
  page.on('request', (sent) => {
    const { protocol, origin } = new URL(sent.url());
    if (protocol !== 'data:' && !allowed.includes(origin)) outsideRequests?.push(sent.url());
  });
  return {
    async open(url, { viewport = { width: 1280, height: 800 }, colorScheme = 'light', others = [] } = {}) {
      // Ends the last test's page, whose errors no longer count.
      await page.goto('about:blank');
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const opened: { page: Page; complaints: string[]; outsideRequests: string[] } = {
        page,
        complaints: [],
        outsideRequests: [],
      };
      ({ complaints, outsideRequests } = opened);
      allowed = [new URL(url).origin, ...others];
      await page.goto(url);
      return opened;
    },
    close: () => browser.close(),
  };
}

/**
 * All critical or serious findings of axe-core in the current page, including shadow roots.
 *
 * @param rules - the names of the rules to check; default all
 */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate<boolean>('Boolean(window.axe)'))) await page.evaluate(AXE);
  return page.evaluate(`(async () => {
    const { violations } = await window.axe.run(document, {
      resultTypes: ['violations'],
      ${rules ? `runOnly: ${JSON.stringify(rules)},` : ''}
    });
    return violations
      .filter(({ impact }) => impact === 'critical' || impact === 'serious')
      .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + JSON.stringify(target) + ' ' + any[0]?.message));
  })()`);
}

/** The same in light colours, and the colour rules again in dark ones. The page is light afterwards. */
export async function findingsInBothColours(page: Page): Promise<string[]> {
  const light = await seriousFindings(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await seriousFindings(page, ['color-contrast', 'link-in-text-block']);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark.map((finding) => `in dark colours: ${finding}`)];
}

/** The innermost element with the focus: its text, and the style of its outline. */
const FOCUSED = `(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return { text: element.textContent.trim().toLowerCase(), outline: getComputedStyle(element).outlineStyle };
})()`;

/**
 * Presses Tab until an element with this text has the focus.
 *
 * @throws Error if none of 100 elements has it, or the focus is not visible
 */
export async function tabTo(page: Page, text: string): Promise<void> {
  for (let stops = 0; stops < 100; stops++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<{ readonly text: string; readonly outline: string }>(FOCUSED);
    if (focused.text !== text.toLowerCase()) continue;
    if (focused.outline === 'none') throw new Error(`the focus of ${text} is not visible`);
    return;
  }
  throw new Error(`Tab does not reach ${text}`);
}
