/**
 * The page at `/docs`: shows the contract of its own service in OpenAPI Explorer, whose elements `openapi-explorer.js`
 * has defined.
 */
import { followTheme } from '../theme.js';
import { innerStyle } from './inner-style.js';
import { openByKeyboard } from './openers.js';
import { type Contract, prepared } from './prepared.js';
import { focusScrollableTables } from './scrollable-tables.js';
import { titleAsHeading } from './title.js';

/** The used part of the elements, which are made with Lit. */
type ElementClass = CustomElementConstructor & { readonly elementStyles: CSSStyleSheet[] };
interface Explorer extends HTMLElement {
  readonly updateComplete: Promise<unknown>;
  loadSpec(contract: Contract): Promise<void>;
  onShowSearchModalClicked(): Promise<void>;
}

const ATTRIBUTES = { 'default-schema-tab': 'body', layout: 'column' };

const up = window.location.pathname.endsWith('/') ? '../' : './';
const base = new URL(up, window.location.href).href.replace(/\/$/, '');

const sheet = new CSSStyleSheet();
sheet.replaceSync(innerStyle);
for (const name of ['openapi-explorer', 'api-request', 'api-response', 'syntax-highlighter']) {
  (customElements.get(name) as ElementClass).elementStyles.push(sheet);
}

const theme = document.createElement('button');
followTheme(theme);
const explorer = document.createElement('openapi-explorer') as Explorer;
for (const [name, value] of Object.entries({ ...ATTRIBUTES, 'server-url': base })) explorer.setAttribute(name, value);
// The element's own button is in its operations pane, which phones do not show.
const search = document.createElement('button');
search.className = 'search';
search.textContent = 'Search';
search.addEventListener('click', () => void explorer.onShowSearchModalClicked());
document.body.append(explorer, search, theme);

try {
  await explorer.loadSpec(prepared(await readContract(), base));
} catch (reason) {
  const alert = document.createElement('p');
  alert.setAttribute('role', 'alert');
  alert.textContent = `The contract cannot be shown. ${reason instanceof Error ? reason.message : reason}`;
  search.remove();
  explorer.replaceWith(alert);
}
await explorer.updateComplete;
if (explorer.shadowRoot) {
  focusScrollableTables(explorer.shadowRoot);
  openByKeyboard(explorer.shadowRoot);
  titleAsHeading(explorer.shadowRoot);
}
// Keyboard users can scroll it only if it takes the focus.
explorer.shadowRoot?.querySelector('main')?.setAttribute('tabindex', '0');

async function readContract(): Promise<Contract> {
  const response = await fetch(`${base}/openapi.json`);
  if (!response.ok) throw new Error(`The service responded ${response.status} ${response.statusText}.`);
  return response.json();
}
