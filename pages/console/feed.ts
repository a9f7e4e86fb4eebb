import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Change, PaymentsClient } from '../../clients/typescript/src/index.js';

const MAX_SHOWN = 50;
const WAIT_SECONDS = 30;

interface Props {
  readonly client: PaymentsClient;
  /** The position to start after. */
  readonly after: string;
  readonly onChange: () => void;
  readonly onSelect: (id: string) => void;
}

/** Live changes, the newest first. The client reconnects after an outage of the service. */
export function Feed({ client, after, onChange, onSelect }: Props) {
  const [changes, setChanges] = useState<readonly Change[]>([]);

  useEffect(() => {
    const controller = new AbortController();
    setChanges([]);
    async function follow(): Promise<void> {
      for await (const change of client.changes({ after, wait: WAIT_SECONDS, signal: controller.signal })) {
        setChanges((shown) => [change, ...shown].slice(0, MAX_SHOWN));
        onChange();
      }
    }
    follow().catch((reason: Error) => controller.signal.aborted || console.error(reason));
    return () => controller.abort();
  }, [client]);

  return html`
    <section aria-labelledby="changes">
      <h2 id="changes">Changes</h2>
      <div role="log" aria-labelledby="changes"><ol>
        ${changes.map(
          ({ position, kind, at, payment }) => html`
            <li key=${position}>
              <time datetime=${at}>${at}</time> <strong>${kind}</strong>${' '}
              <button class="link" onClick=${() => onSelect(payment.id)}>${payment.id}</button>
            </li>`,
        )}
      </ol></div>
      ${changes.length === 0 && html`<p>No change yet.</p>`}
    </section>`;
}
