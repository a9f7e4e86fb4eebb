import type { CompiledOperation } from './types.js';

export interface RouteMatch {
  /** The path template. */
  readonly path: string;
  /** The methods of the path. */
  readonly allow: string;
  /** Null if the path does not have the request's method. */
  readonly operation: CompiledOperation | null;
  /** Still encoded. */
  readonly rawParams: readonly string[];
}

interface PathEntry extends Pick<RouteMatch, 'path' | 'allow'> {
  /** Matches the path and captures its parameters; null for a path without parameters. */
  readonly pattern: RegExp | null;
  readonly literalLength: number;
  /** By method in capitals; HEAD falls back to GET. */
  readonly operations: ReadonlyMap<string, CompiledOperation>;
}

const NO_PARAMS: readonly string[] = [];
const PARAMETER = /\{[^}]+\}/;

/**
 * Makes the function that finds the operation of a request. Paths without parameters come first, then those with the
 * most literal text.
 *
 * @returns a function of the method in capitals and the normalized path, without the query. It returns null if the path
 *   is unknown
 */
export function createRouter(operations: readonly CompiledOperation[]) {
  const exact = new Map<string, PathEntry>();
  const templates: PathEntry[] = [];
  for (const template of new Set(operations.map(({ path }) => path))) {
    const entry = pathEntry(template, operations);
    if (entry.pattern) templates.push(entry);
    else exact.set(encodedLiteral(template), entry);
  }
  templates.sort((one, other) => other.literalLength - one.literalLength);

  return function find(method: string, path: string): RouteMatch | null {
    const entry = exact.get(path);
    let found = entry ? matchOf(entry, method, NO_PARAMS) : null;
    if (found?.operation) return found;
    for (const template of templates) {
      const captured = template.pattern?.exec(path);
      if (!captured) continue;
      const match = matchOf(template, method, captured.slice(1));
      if (match.operation) return match;
      found ??= match;
    }
    return found;
  };
}

function matchOf({ path, allow, operations }: PathEntry, method: string, rawParams: readonly string[]): RouteMatch {
  return { path, allow, operation: operations.get(method) ?? null, rawParams };
}

function pathEntry(template: string, operations: readonly CompiledOperation[]): PathEntry {
  const own = operations.filter(({ path }) => path === template);
  const methods = new Map<string, CompiledOperation>();
  for (const operation of own) {
    methods.set(operation.method.toUpperCase(), operation);
    if (operation.method === 'get') methods.set('HEAD', own.find((other) => other.method === 'head') ?? operation);
  }
  const literal = template.split(PARAMETER).map(encodedLiteral);
  return {
    path: template,
    pattern: literal.length > 1 ? patternOf(template) : null,
    literalLength: literal.join('').length,
    operations: methods,
    allow: [...methods.keys()].join(', '),
  };
}

/** What the normalized paths of a template match; it captures the parameters. */
export function patternOf(template: string): RegExp {
  const literal = template.split(PARAMETER).map(encodedLiteral);
  const escaped = literal.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('([^/]+)')}$`);
}

/** A template's text as clients send it: characters that a URL cannot contain are escaped, existing escapes stay. */
export function encodedLiteral(text: string): string {
  return normalizedPath(encodeURI(text).replaceAll('%25', '%'));
}

/** Escapes in capitals, and only where a character needs one (RFC 3986, sections 6.2.2.1 and 6.2.2.2). */
export function normalizedPath(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : code.toUpperCase();
  });
}
