import type { Document, Operation, Security, SecurityScheme } from '../model/document.js';
import { follow } from '../model/reference.js';
import type { Path } from '../source/pointer.js';
import { nameError } from './vocabulary.js';
import type { Report } from './walk.js';

/** The keywords of each type of scheme. */
const KEYWORDS_OF_TYPE: Readonly<Record<SecurityScheme['type'], readonly string[]>> = {
  apiKey: ['name', 'in'],
  http: ['scheme'],
  oauth2: ['flows'],
  openIdConnect: [],
};

/** The security schemes of a document, by name. */
export function schemesOf(document: Document): Record<string, SecurityScheme> {
  const schemes = Object.entries(document.components?.securitySchemes ?? {});
  return Object.fromEntries(schemes.map(([name, scheme]) => [name, follow(document, scheme)]));
}

/** The requirements of an operation; the default is that of the root. */
export function requirementsOf(document: Document, operation: Operation): Security {
  return operation.security ?? document.security ?? [];
}

/**
 * Reports schemes for which no authenticator is possible.
 *
 * @param document - without structural errors
 */
export function checkSchemes(document: Document, report: Report): void {
  for (const [name, scheme] of Object.entries(schemesOf(document))) {
    const at: Path = ['components', 'securitySchemes', name];
    if ('x-optional' in scheme && scheme['x-optional'] !== true)
      report([...at, 'x-optional'], 'must be true, or left out');
    const own = KEYWORDS_OF_TYPE[scheme.type];
    for (const keyword of own === undefined ? [] : Object.values(KEYWORDS_OF_TYPE).flat()) {
      if (keyword in scheme && !own.includes(keyword))
        report([...at, keyword], `has no effect on type ${scheme.type}: leave it out`);
    }
    if (scheme.type === 'apiKey') {
      const error = nameError(scheme.name ?? '', scheme.in);
      if (!scheme.name) report(at, 'must have name');
      else if (error !== null) report([...at, 'name'], error);
      if (scheme.in === undefined || !['query', 'header', 'cookie'].includes(scheme.in))
        report(at, 'must have in: query, header or cookie');
    } else if (scheme.type === 'http') {
      if (!['basic', 'bearer'].includes((scheme.scheme ?? '').toLowerCase()))
        report(at, 'must have scheme: basic or bearer; for another, write an apiKey in the header Authorization');
    } else if (scheme.type === 'oauth2') {
      if (scheme.flows === undefined) report(at, 'must have flows');
    } else if (scheme.type === 'openIdConnect') {
      if (!('openIdConnectUrl' in scheme)) report(at, 'must have openIdConnectUrl');
    } else report([...at, 'type'], 'must be apiKey, http, oauth2 or openIdConnect');
  }
  checkRequirements(document, document.security ?? [], ['security'], report);
}

/**
 * Reports requirements that could not be checked, and rejections that an operation does not declare.
 *
 * @param document - without structural errors
 */
export function checkSecurity(document: Document, operation: Operation, path: Path, report: Report): void {
  if (operation.security) checkRequirements(document, operation.security, [...path, 'security'], report);
  const requirements = requirementsOf(document, operation);
  if (requirements.length === 0 || requirements.some((one) => Object.keys(one).length === 0)) return;
  const rejected = responseOf(document, operation, '401');
  if (!rejected) report(path, 'requires credentials: declare the response 401, with the header WWW-Authenticate');
  else if (!Object.keys(rejected.headers ?? {}).some((name) => name.toLowerCase() === 'www-authenticate')) {
    report([...path, 'responses', '401'], 'must declare the header WWW-Authenticate (RFC 9110, section 11.6.1)');
  }
  const needsScopes = requirements.some((one) => Object.values(one).some((scopes) => scopes.length > 0));
  if (needsScopes && !responseOf(document, operation, '403')) {
    report(path, 'requires scopes: declare the response 403, for credentials without them');
  }
}

/** The response that an operation declares for a status: directly, by its range, or by default. */
export function responseOf(document: Document, { responses }: Operation, status: string) {
  const found = responses[status] ?? responses[`${status[0]}XX`] ?? responses.default;
  return found && follow(document, found);
}

function checkRequirements(document: Document, requirements: Security, at: Path, report: Report): void {
  const schemes = schemesOf(document);
  requirements.forEach((requirement, index) => {
    for (const [name, scopes] of Object.entries(requirement)) {
      const place = [...at, String(index), name];
      const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
      if (!scheme) report(place, `there is no ${name} under components.securitySchemes`);
      else if (scheme.type === 'oauth2') {
        const known = Object.values(scheme.flows ?? {}).flatMap((flow) => Object.keys(Object(flow).scopes ?? {}));
        const strange = scopes.find((scope) => !known.includes(scope));
        if (strange !== undefined) report(place, `the scope ${strange} is not among those of the flows of ${name}`);
      } else if (scheme.type !== 'openIdConnect' && scopes.length > 0) {
        report(place, `scopes are for oauth2 and openIdConnect: the list must be empty for ${scheme.type}`);
      }
    }
  });
}
