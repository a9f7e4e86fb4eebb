import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Change, PaymentsClient } from '../../clients/typescript/src/index.js';
import { exactJson } from './exact-json.js';
import { useThrottled } from './throttle.js';

const MAX_VERSIONS = 100;

interface Props {
  readonly client: PaymentsClient;
  readonly id: string;
  /** Increases with each write. */
  readonly writes: number;
}

/** The history of one payment, from its first version on. */
export function History({ client, id, writes }: Props) {
  const [versions, setVersions] = useState<readonly Change[]>([]);
  const [error, setError] = useState<string | null>(null);
  const seen = useThrottled(writes);

  useEffect(() => {
    const controller = new AbortController();
    async function read(): Promise<void> {
      const changes: Change[] = [];
      for await (const change of client.versions(id, { signal: controller.signal })) {
        if (changes.push(change) === MAX_VERSIONS) break;
      }
      setVersions(changes);
      setError(null);
    }
    read().catch((reason: Error) => controller.signal.aborted || setError(reason.message));
    return () => controller.abort();
  }, [client, id, seen]);

  return html`
    <section aria-labelledby="history">
      <h2 id="history">History of ${id}</h2>
      ${error && html`<p role="alert">${error}</p>`}
      <ol>
        ${versions.map(
          ({ position, kind, at, payment }) => html`
            <li key=${position}>
              <strong>${kind}</strong> as version ${payment.version} of ${payment.organisation_id},
              <time datetime=${at}> ${at}</time>
              <pre tabindex="0">${exactJson.stringify(payment.attributes, 2)}</pre>
            </li>`,
        )}
      </ol>
    </section>`;
}
