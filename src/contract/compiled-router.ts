import { OpenAPIRouter, type Operation, type ParsedRequest, type Request } from 'openapi-backend';
import type { CompiledOperation, Definition } from './contract.js';
import { ContractRequest, type RouteMatch } from './contract-request.js';

/** A known path. */
interface PathEntry {
  readonly template: string;
  /** Matches the path and captures its parameters; null for a path without any. */
  readonly pattern: RegExp | null;
  readonly parameterNames: readonly string[];
  readonly literalLength: number;
  readonly operations: Map<string, CompiledOperation>;
  /** Value of `Allow`. */
  readonly allow: string;
  readonly tag: string | null;
}

/** The path is known, the method is not. */
export interface MethodMismatch {
  /** Value of `Allow`. */
  readonly allow: string;
  /** The path's template. */
  readonly path: string;
  /** The tag of the path's operations. */
  readonly tag: string | null;
}

const NO_PARAMS: readonly string[] = [];

/**
 * openapi-backend's router with its hot methods replaced by tables made once. As it comes, it flattens the whole
 * definition and compiles every path's regular expression again on each request.
 *
 * Stricter than the original in two points: a trailing slash makes another path, and a path parameter is decoded here,
 * where a malformed escape can be reported, instead of throwing.
 */
export class CompiledRouter extends OpenAPIRouter<Definition> {
  readonly #exact = new Map<string, PathEntry>();
  readonly #templates: PathEntry[] = [];
  readonly #operations: Operation<Definition>[];
  readonly #byId = new Map<string, Operation<Definition>>();

  /**
   * @param definition - the contract, dereferenced
   * @param operations - its operations, compiled
   */
  constructor(definition: Definition, operations: readonly CompiledOperation[]) {
    super({ definition, apiRoot: '/' });
    this.#operations = super.getOperations();
    for (const operation of this.#operations)
      if (operation.operationId) this.#byId.set(operation.operationId, operation);
    for (const [template, entry] of pathEntries(operations)) {
      if (entry.pattern) this.#templates.push(entry);
      else this.#exact.set(template, entry);
    }
    this.#templates.sort((one, other) => other.literalLength - one.literalLength);
  }

  /**
   * Finds the operation for a request.
   *
   * @param method - in capitals; HEAD finds what GET does
   * @param path - the path as it stands in the URL, without the query
   * @returns the match; what the path allows where only the method is unknown; null where the path is unknown
   */
  find(method: string, path: string): RouteMatch | MethodMismatch | null {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const exact = this.#exact.get(path);
    const operation = exact?.operations.get(wanted);
    if (operation) return { operation, rawParams: NO_PARAMS };
    let known = exact;
    for (const entry of this.#templates) {
      const captured = entry.pattern?.exec(path);
      if (!captured) continue;
      const found = entry.operations.get(wanted);
      if (found) return { operation: found, rawParams: captured.slice(1) };
      known ??= entry;
    }
    return known ? { allow: known.allow, path: known.template, tag: known.tag } : null;
  }

  override matchOperation(req: Request): Operation<Definition> | undefined;
  override matchOperation(req: Request, strict: boolean): Operation<Definition>;
  override matchOperation(req: Request, strict = false): Operation<Definition> | undefined {
    const match =
      req instanceof ContractRequest ? req.match : this.find(req.method.toUpperCase(), req.path.split('?')[0] ?? '');
    if (match && 'operation' in match) return this.#byId.get(match.operation.operationId);
    if (!strict) return undefined;
    // openapi-backend reads the kind of failure from how the message begins.
    throw new Error(match ? '405-methodNotAllowed' : '404-notFound');
  }

  override getOperations(): Operation<Definition>[] {
    return this.#operations ?? super.getOperations();
  }

  override getOperation(operationId: string): Operation<Definition> | undefined {
    return this.#byId.get(operationId);
  }

  override parseRequest(req: Request, operation?: Operation<Definition>): ParsedRequest {
    return req instanceof ContractRequest ? req : super.parseRequest(req, operation);
  }
}

function pathEntries(operations: readonly CompiledOperation[]): Map<string, PathEntry> {
  const entries = new Map<string, PathEntry>();
  for (const template of new Set(operations.map((operation) => operation.path))) {
    const own = operations.filter((operation) => operation.path === template);
    const methods = new Map(own.map((operation) => [operation.method.toUpperCase(), operation]));
    const names = Array.from(template.matchAll(/\{([^}]+)\}/g), ([, name = '']) => name);
    const literal = template.split(/\{[^}]+\}/);
    entries.set(template, {
      template,
      pattern: names.length > 0 ? new RegExp(`^${literal.map(escapeRegExp).join('([^/]+)')}$`) : null,
      parameterNames: names,
      literalLength: literal.join('').length,
      operations: methods,
      tag: own[0]?.tag ?? null,
      allow: [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
    });
  }
  return entries;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
