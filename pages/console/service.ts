import { html } from 'htm/preact';
import { useState } from 'preact/hooks';

/** What the service tells about itself to those who have the operators' token. */
export interface Service {
  readonly version: string;
  readonly repo: string;
  /** The prefix of its API. */
  readonly apiVersion: string;
  /** Where the feed starts: some changes before the last one. */
  readonly changesAfter: string;
}

/**
 * @param base - the URL of the service
 * @param token - the operators' token; null if nobody has entered one
 * @returns `locked` if the service asks for another token
 * @throws Error with what to show
 */
export async function readService(base: string, token: string | null): Promise<Service | 'locked'> {
  const headers: HeadersInit = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/console/service`, { headers });
  if (response.status === 401) return 'locked';
  if (!response.ok) throw new Error(`The service responded ${response.status} ${response.statusText}.`);
  return response.json();
}

/** Asks for the operators' token. It stays in the memory of the page. */
export function TokenForm({ wasWrong, onToken }: { wasWrong: boolean; onToken: (token: string) => void }) {
  const [text, setText] = useState('');
  function submit(event: Event): void {
    event.preventDefault();
    onToken(text);
  }
  return html`
    <form onSubmit=${submit}>
      <label>Operators’ token
        <input type="password" value=${text} autocomplete="off" required
          onInput=${(event: InputEvent) => setText((event.target as HTMLInputElement).value)} />
      </label>
      <button>Open</button>
      ${wasWrong && html`<p role="alert">This is not the token that the service was started with.</p>`}
    </form>`;
}
