import { distance } from 'fastest-levenshtein';

/** An invalid setting. The message is one line that names the setting and what it accepts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message.replace(/[\r\n]+/g, ' '), options);
  }
}

const MAX_QUOTED_CHARACTERS = 80;

/** Quotes a user's text for an error message: on one line, shortened, and without a connection string's password. */
export function quoted(text: string): string {
  const shown = redactUri(text);
  return JSON.stringify(shown.length > MAX_QUOTED_CHARACTERS ? `${shown.slice(0, MAX_QUOTED_CHARACTERS)}…` : shown);
}

/**
 * Replaces passwords of a connection string, and parameters named like a secret, by `***`. An unescaped `@` or `/`
 * counts as a part of the password, so that a malformed string hides too much rather than too little.
 */
export function redactUri(uri: string): string {
  return uri
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:]*|(?![a-z][a-z0-9+.-]*:\/\/)[^:]*):(.*)@/is, '$1:***@')
    .replace(/((?:password|passwd|pwd|secret|token)\s*=\s*)('[^']*'|[^&\s;#]*)/gi, '$1***');
}

/** Names in other services, by their name here. Edit distance would suggest something else. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  listen: ['port', 'host', 'bind', 'address', 'addr', 'p'],
  'repo-uri': ['database', 'database-url', 'db', 'db-url', 'uri', 'url', 'file', 'dsn'],
  'external-url': ['base-url', 'public-url'],
  'max-results': ['page-size', 'limit-results'],
  'log-level': ['verbose', 'debug', 'loglevel', 'level'],
  limit: ['rate-limit', 'ratelimit'],
  workers: ['cluster', 'processes', 'threads', 'w'],
  timeout: ['request-timeout'],
  serve: ['start', 'run', 'server'],
  version: ['v'],
  help: ['?'],
};

/** A shorter word is not taken for an abbreviation. */
const MIN_ABBREVIATION = 2;

/** The name that a user most likely meant, or null. */
export function suggestion(word: string, names: readonly string[]): string | null {
  const lower = word.toLowerCase();
  const synonym = names.find((name) => SYNONYMS[name]?.includes(lower));
  if (synonym !== undefined) return synonym;
  const longer = names.filter((name) => lower.length >= MIN_ABBREVIATION && name.startsWith(lower));
  const [shortest] = longer.sort((a, b) => a.length - b.length);
  if (shortest !== undefined) return shortest;
  const ranked = names.map((name) => ({ name, edits: distance(lower, name) })).sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  // Two swapped letters are two edits.
  const maxEdits = Math.max(1, Math.round(word.length / 3));
  return best !== undefined && best.edits <= maxEdits && best.edits < best.name.length ? best.name : null;
}
