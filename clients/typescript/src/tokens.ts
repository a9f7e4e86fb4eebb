/** With more tokens, `latest` is sent instead. */
const HEADER_LIMIT = 8;

/** The service's consistency tokens, if it reads from standbys: no read is older than these. */
export class Tokens {
  /** The tokens for the next request. */
  current: readonly string[] = [];

  /**
   * Adds the token of a response, which covers the tokens of its request. Tokens that arrived meanwhile are kept.
   *
   * @param token - null if the service sent none
   * @param sent - the tokens of the request
   */
  note(token: string | null, sent: readonly string[]): void {
    if (token === null) return;
    this.current = [...this.current.filter((other) => other !== token && !sent.includes(other)), token];
  }
}

/** The header that sends tokens. */
export function tokenHeader(tokens: readonly string[]): Readonly<Record<string, string>> {
  if (tokens.length === 0) return {};
  return { 'Consistency-Token': tokens.length > HEADER_LIMIT ? 'latest' : tokens.join(', ') };
}
