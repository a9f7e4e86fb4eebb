import { html } from 'htm/preact';
import { useState } from 'preact/hooks';

/** Information about the service, for holders of the operators' token. */
export interface Service {
  readonly version: string;
  readonly repo: string;
  /** The path prefix of its API. */
  readonly apiVersion: string;
  /** Where the feed starts: some changes before the last one. */
  readonly changesAfter: string;
}

/**
 * @param token - the operators' token; null if none was entered
 * @returns `locked` if the service needs another token
 * @throws Error with the text to show
 */
export async function readService(base: string, token: string | null): Promise<Service | 'locked'> {
  // A header cannot contain others, such as the quotation marks of a pasted text.
  if (token !== null && !/^[\x20-\x7e]*$/.test(token)) return 'locked';
  const headers: HeadersInit = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/console/service`, { headers });
  if (response.status === 401) return 'locked';
  if (!response.ok) throw new Error(`The service responded ${response.status} ${response.statusText}.`);
  return response.json();
}

/** Asks for the operators' token, which stays in the page's memory. */
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
