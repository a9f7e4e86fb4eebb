import type { IncomingHttpHeaders } from 'node:http';
import { cookieTexts, decoded, queryTexts, unescaped } from './parameters.js';
import type { CompiledOperation, SecurityScheme } from './types.js';

export interface AuthenticationRequest {
  readonly operationId: string;
  readonly scopes: readonly string[];
  readonly headers: IncomingHttpHeaders;
}

/**
 * `credentials`: the token of a bearer scheme, `user:password` of a basic one, the key of an apiKey; null if missing.
 * Returns the principal; `unauthenticated` for a 401; or `forbidden` for a 403, if every operation of the scheme
 * declares it.
 */
export type Authenticator<Principal, Rejection extends string = 'forbidden'> = (
  credentials: string | null,
  request: AuthenticationRequest,
) => Outcome<Principal, Rejection> | Promise<Outcome<Principal, Rejection>>;

type Outcome<Principal, Rejection> = { readonly principal: Principal } | 'unauthenticated' | Rejection;

/** By security scheme. */
export type Principals = Readonly<Record<string, unknown>>;

export type SecuredOperation = Pick<CompiledOperation, 'operationId' | 'security' | 'statuses'>;

interface SecuredRequest {
  readonly headers: IncomingHttpHeaders;
  readonly queryText: string;
}

/** Authenticates a request, and returns its principals, or the response that rejects it. */
export type Guard = ReturnType<typeof createGuard>;

/**
 * Authenticates requests by the contract's `security`, before their bodies are read. A request must satisfy all schemes
 * of one alternative; the first such alternative counts.
 *
 * @throws Error if a scheme has no authenticator, which the types already reject
 */
export function createGuard(
  schemes: Readonly<Record<string, SecurityScheme>>,
  authenticators: Readonly<Record<string, Authenticator<unknown>>>,
) {
  for (const name of Object.keys(schemes)) {
    if (!Object.hasOwn(authenticators, name)) throw new Error(`the security scheme ${name} has no authenticator`);
  }

  return async function authenticate(operation: SecuredOperation, request: SecuredRequest) {
    const { operationId, security, statuses } = operation;
    let isForbidden = false;
    for (const requirement of security) {
      const principals: Record<string, unknown> = {};
      let isMet = true;
      for (const [name, scopes] of Object.entries(requirement)) {
        const scheme = schemes[name];
        const credentials = scheme ? credentialsOf(scheme, request) : null;
        const asked = authenticators[name]?.(credentials, { operationId, scopes, headers: request.headers });
        const outcome = (await asked) ?? 'unauthenticated';
        if (typeof outcome === 'object') principals[name] = outcome.principal;
        else {
          isMet = false;
          isForbidden ||= outcome === 'forbidden';
          break;
        }
      }
      if (isMet) return { principals, rejection: null };
    }
    if (isForbidden && statuses.includes(403)) {
      const detail = 'The credentials are valid but do not allow this.';
      return { principals: {}, rejection: { status: 403, problem: { code: 'forbidden', detail } } };
    }
    const challenges = security.flatMap((requirement) =>
      Object.keys(requirement).map((name) => challengeOf(schemes[name])),
    );
    const headers = { 'WWW-Authenticate': [...new Set(challenges)].join(', ') };
    const detail = 'The credentials are missing or invalid; WWW-Authenticate says which are required.';
    return { principals: {}, rejection: { status: 401, headers, problem: { code: 'unauthorized', detail } } };
  };
}

function challengeOf(scheme: SecurityScheme | undefined): string {
  if (scheme?.kind === 'basic') return 'Basic realm="api", charset="UTF-8"';
  // There is no registered authentication scheme for keys; the parameters say where the key belongs.
  return scheme?.kind === 'apiKey' ? `ApiKey in="${scheme.in}", name="${scheme.key}"` : 'Bearer';
}

function credentialsOf(scheme: SecurityScheme, { headers, queryText }: SecuredRequest): string | null {
  if (scheme.kind === 'apiKey') {
    if (scheme.in === 'query') {
      const keys = queryTexts(queryText).get(scheme.key) ?? [];
      // If there are two keys, a proxy may have checked the other one.
      return keys.length === 1 ? decoded(keys[0] ?? '') || null : null;
    }
    if (scheme.in === 'cookie') return unescaped(cookieTexts(headers.cookie ?? '').get(scheme.key)?.[0] ?? '') || null;
    const value = headers[scheme.key.toLowerCase()];
    return typeof value === 'string' ? value || null : null;
  }
  const [, name = '', token = ''] = /^(\w+) +(.+)$/.exec(headers.authorization ?? '') ?? [];
  if (name.toLowerCase() !== scheme.kind) return null;
  return scheme.kind === 'basic' ? Buffer.from(token, 'base64').toString('utf8') : token;
}
