import { redactUri } from './redact-uri.js';

/** A setting that cannot be used. The message is one line that names the setting and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /**
   * @param message - what is wrong, starting with the setting
   * @param options - `cause`: the error underneath
   */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message.replace(/[\r\n]+/g, ' '), options);
  }
}

const SHOWN_CHARACTERS = 80;

/**
 * Text of a user's for an error message: in quotes, on one line, shortened, and without a connection string's password.
 *
 * @param text - as the user wrote it
 */
export function quoted(text: string): string {
  const shown = redactUri(text);
  return JSON.stringify(shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown);
}
