import type { CompiledOperation } from './types.js';

/** An operation found for a request, with the path parameters as they stand in the URL, still encoded. */
export interface RouteMatch {
  readonly operation: CompiledOperation;
  readonly rawParams: readonly string[];
}

/** The path is known, the method is not. */
export interface MethodMismatch {
  readonly allow: string;
  readonly path: string;
}

interface PathEntry extends MethodMismatch {
  /** Matches the path and captures its parameters; null for a path without any. */
  readonly pattern: RegExp | null;
  readonly literalLength: number;
  readonly operations: ReadonlyMap<string, CompiledOperation>;
}

const NO_PARAMS: readonly string[] = [];

/**
 * Makes the function that finds the operation for a request, by tables: a path without parameters first, then the one with most
 * text outside them. HEAD finds what GET does if the path has no HEAD of its own.
 *
 * @returns takes the method in capitals, and the path as it stands in the URL, without the query; gives the match; what the
 *   path allows if only the method is unknown; null if the path is unknown
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

  function lookUp(method: string, path: string): RouteMatch | MethodMismatch | null {
    const entry = exact.get(path);
    const operation = entry && operationOf(entry, method);
    if (operation) return { operation, rawParams: NO_PARAMS };
    let known: MethodMismatch | undefined = entry;
    for (const template of templates) {
      const captured = template.pattern?.exec(path);
      if (!captured) continue;
      const found = operationOf(template, method);
      if (found) return { operation: found, rawParams: captured.slice(1) };
      known ??= template;
    }
    return known ?? null;
  }

  return function find(method: string, path: string): RouteMatch | MethodMismatch | null {
    const found = lookUp(method, path);
    // Escapes may be in either case (RFC 3986, section 6.2.2.1); the table has capitals.
    return found || !path.includes('%') ? found : lookUp(method, inCapitals(path));
  };
}

function operationOf({ operations }: PathEntry, method: string): CompiledOperation | undefined {
  return operations.get(method) ?? (method === 'HEAD' ? operations.get('GET') : undefined);
}

/** The names of a template's parameters, in order. */
export function parameterNames(template: string): string[] {
  return Array.from(template.matchAll(/\{([^}]+)\}/g), ([, name = '']) => name);
}

function pathEntry(template: string, operations: readonly CompiledOperation[]): PathEntry {
  const own = operations.filter(({ path }) => path === template);
  const methods = new Map(own.map((operation) => [operation.method.toUpperCase(), operation]));
  const literal = template.split(/\{[^}]+\}/).map(encodedLiteral);
  const allowed = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return {
    path: template,
    pattern: literal.length > 1 ? new RegExp(`^${literal.map(escapeRegExp).join('([^/]+)')}$`) : null,
    literalLength: literal.join('').length,
    operations: methods,
    allow: [...new Set(allowed)].join(', '),
  };
}

/** Text of a template as clients send it: what a URL cannot hold is escaped, what is escaped already stays. */
export function encodedLiteral(text: string): string {
  return inCapitals(encodeURI(text).replaceAll('%25', '%'));
}

function inCapitals(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase());
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
