/** The page at `/console`: payments, the history of one, live changes, and the service's health. */
import { html, render } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { createPaymentsClient, type PaymentsClient } from '../../clients/typescript/src/index.js';
import { followTheme } from '../theme.js';
import { exactJson } from './exact-json.js';
import { Feed } from './feed.js';
import { Health } from './health.js';
import { History } from './history.js';
import { Payments } from './payments.js';
import { readService, type Service, TokenForm } from './service.js';

const up = window.location.pathname.endsWith('/') ? '../' : './';
const base = new URL(up, window.location.href).href.replace(/\/$/, '');

function Console() {
  const [token, setToken] = useState<string | null>(null);
  const [service, setService] = useState<Service | 'locked' | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [client, setClient] = useState<PaymentsClient | null>(null);
  const [writes, setWrites] = useState(0);
  const wasAway = useRef(false);

  async function open(): Promise<void> {
    const found = await readService(base, token);
    wasAway.current = false;
    const onRetry = () => {
      wasAway.current = true;
    };
    if (found !== 'locked') setClient(clientOf(found, onRetry));
    setService(found);
  }
  /** After an outage everything is read again: in memory, a restarted service has other payments and positions. */
  function onUp(): void {
    // After a failure, the next time.
    if (wasAway.current) open().catch(() => {});
  }
  useEffect(() => {
    open().catch((reason: Error) => setError(reason.message));
  }, [token]);

  if (error) return html`<p role="alert">${error}</p>`;
  if (service === null) return html`<p>Loading …</p>`;
  if (service === 'locked' || client === null)
    return html`<${TokenForm} wasWrong=${token !== null} onToken=${setToken} />`;
  return html`
    <${Health} base=${base} service=${service} onUp=${onUp} />
    <div class="columns">
      <${Payments} client=${client} writes=${writes} selected=${selected} onSelect=${setSelected} />
      <div>
        ${selected !== null && html`<${History} client=${client} id=${selected} writes=${writes} />`}
        <${Feed} client=${client} after=${service.changesAfter} onSelect=${setSelected}
          onChange=${() => setWrites((count) => count + 1)} />
      </div>
    </div>`;
}

/** The client uses `/v1`, which `--api-version` renames. */
function clientOf({ apiVersion }: Service, onRetry: () => void): PaymentsClient {
  async function send(request: Request): Promise<Response> {
    const { method, headers, signal } = request;
    const body = method === 'GET' ? null : await request.text();
    return fetch(request.url.replace(`${base}/v1/`, `${base}/${apiVersion}/`), { method, headers, signal, body });
  }
  return createPaymentsClient({ baseUrl: base, json: exactJson, fetch: send, hooks: { onRetry } });
}

const header = document.createElement('header');
const heading = document.createElement('h1');
heading.textContent = document.title;
const theme = document.createElement('button');
followTheme(theme);
header.append(heading, theme);
const main = document.createElement('main');
document.body.append(header, main);
render(html`<${Console} />`, main);
