/** More than these are as good as asking for whatever is newest. */
const HEADER_LIMIT = 8;

/** What the service has told a client, where it reads from standbys: so that no read is older than that. */
export class Tokens {
  /** Those to send with the next request. */
  current: readonly string[] = [];

  /**
   * Notes the token of a response, which includes those that were sent with its request. Others that arrived meanwhile are kept.
   *
   * @param token - null if the service sent none
   * @param sent - those that were current when the request was sent
   */
  note(token: string | null, sent: readonly string[]): void {
    if (token === null) return;
    this.current = [...this.current.filter((other) => other !== token && !sent.includes(other)), token];
  }
}

/** How tokens are sent. */
export function tokenHeader(tokens: readonly string[]): Readonly<Record<string, string>> {
  if (tokens.length === 0) return {};
  return { 'Consistency-Token': tokens.length > HEADER_LIMIT ? 'latest' : tokens.join(', ') };
}
