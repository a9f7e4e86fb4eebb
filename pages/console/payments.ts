import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Page, PageQuery, PaymentsClient } from '../../clients/typescript/src/index.js';
import { useThrottled } from './throttle.js';

interface Props {
  readonly client: PaymentsClient;
  /** Increases with each write. */
  readonly writes: number;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

/** The list of payments, page by page. */
export function Payments({ client, writes, selected, onSelect }: Props) {
  const [query, setQuery] = useState<PageQuery>({});
  const [page, setPage] = useState<Page | null>(null);
  const [error, setError] = useState<string | null>(null);
  const seen = useThrottled(writes);

  useEffect(() => {
    const controller = new AbortController();
    client.page(query, { signal: controller.signal }).then(
      (read) => {
        setPage(read);
        setError(null);
      },
      (reason: Error) => controller.signal.aborted || setError(reason.message),
    );
    return () => controller.abort();
  }, [client, query, seen]);

  function filter(event: SubmitEvent): void {
    event.preventDefault();
    const organisationId = new FormData(event.target as HTMLFormElement).get('organisation');
    setQuery(typeof organisationId === 'string' && organisationId !== '' ? { organisationId } : {});
  }

  function create(): void {
    const id = `example-${Date.now()}`;
    const example = { id, organisation_id: 'example', attributes: { amount: '100.21', currency: 'GBP' } };
    client.create(example).catch((reason: Error) => setError(reason.message));
  }

  return html`
    <section aria-labelledby="payments">
      <h2 id="payments">Payments</h2>
      <form onSubmit=${filter}>
        <label>Organisation <input name="organisation" /></label>
        <button>Filter</button>
      </form>
      ${error && html`<p role="alert">${error}</p>`}
      ${page && (page.payments.length > 0 ? html`<${Table} ...${{ page, selected, onSelect }} />` : html`<p>No payments here.</p>`)}
      <p>
        <button disabled=${!page?.previous} onClick=${() => page?.previous && setQuery(page.previous)}>Previous</button>
        <button disabled=${!page?.payments.length} onClick=${() => page && setQuery(page.next)}>Next</button>
        <button onClick=${create}>Create an example</button>
      </p>
    </section>`;
}

function Table({ page, selected, onSelect }: Pick<Props, 'selected' | 'onSelect'> & { page: Page }) {
  return html`
    <table>
      <thead>
        <tr>
          <th class="id">Id</th>
          <th class="id organisation">Organisation</th>
          <th class="number amount">Amount</th>
          <th class="number">Version</th>
        </tr>
      </thead>
      <tbody>
        ${page.payments.map(
          ({ id, organisation_id, attributes, version }) => html`
            <tr key=${id}>
              <td>
                <button class="link" title=${id} aria-pressed=${id === selected} onClick=${() => onSelect(id)}>
                  <span class="short">${id}</span>
                </button>
              </td>
              <td class="organisation"><span class="short" title=${organisation_id}>${organisation_id}</span></td>
              <td class="number">${attributes.amount} ${typeof attributes.currency === 'string' && attributes.currency}</td>
              <td class="number">${version}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
