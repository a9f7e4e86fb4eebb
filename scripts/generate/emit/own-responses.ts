import { placeOf } from '../check/contents.js';
import type { Contract } from '../contract.js';
import type { Rejection } from '../contract-error.js';
import { jsonSchema } from '../model/json-schema.js';
import { partsOf, typesOf } from '../model/json-types.js';
import type { HeaderModel, OperationModel, ReplyModel } from '../model/operations.js';
import { propertiesOf } from '../model/parameters.js';
import { type Path, pointerOf, valueAt } from '../source/pointer.js';
import type { Compiler } from './compile.js';

/** The codes of the problems that the service itself sends, before or after a handler, by status. */
const OWN_CODES: Readonly<Record<number, string>> = {
  400: 'validation_failed',
  401: 'unauthorized',
  403: 'forbidden',
  406: 'not_acceptable',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'internal_error',
};
const SAMPLE_PROBLEM = {
  type: 'urn:problem:service:code',
  title: 'title',
  detail: 'detail',
  instance: 'id',
};
/** Of a 400. */
const SAMPLE_ERRORS = { errors: [{ pointer: '/query/size', detail: 'must be at least 1' }] };

type Samples = Readonly<Record<string, readonly string[]>>;

/** Values of the headers of every response, by name in lower case. */
const OF_ALL: Samples = {
  // The client's own id may be any token (RFC 9110, section 5.6.2).
  'x-request-id': ['0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11', 'a', '~'.repeat(128)],
  'x-content-type-options': ['nosniff'],
};
const OF_PROBLEMS: Samples = { 'cache-control': ['no-store'] };
const OF_STATUS: Readonly<Record<number, Samples>> = {
  401: { 'www-authenticate': ['Bearer'] },
  429: {
    'retry-after': ['1', '86400'],
    ratelimit: ['"default";r=0;t=1'],
    'ratelimit-policy': ['"default";q=5;w=1'],
    'ratelimit-limit': ['5'],
    'ratelimit-remaining': ['0'],
    'ratelimit-reset': ['1'],
  },
  503: { 'retry-after': ['1'] },
};

/**
 * Reports responses that do not accept what the service itself sends: its own problems and headers, and the problems of
 * handlers, which it completes.
 */
export function invalidOwnParts(
  contract: Contract,
  operations: readonly OperationModel[],
  compiler: Compiler,
): Rejection[] {
  const found = new Map<string, Rejection>();
  const report = (path: Path, what: string) => {
    const rejection = contract.reject(path, what);
    if (!found.has(rejection.pointer)) found.set(rejection.pointer, rejection);
  };
  const seen = new Set<string>();
  for (const { at, replies } of operations) {
    for (const reply of replies) {
      const path = targetOf([...at, 'responses', reply.status]);
      const key = `${pointerOf(path)} ${reply.statuses}`;
      if (seen.has(key)) continue;
      seen.add(key);
      checkHeaders(reply.headers, OF_ALL, path);
      const isProblem = reply.content.some(({ mediaType }) => mediaType === 'application/problem+json');
      const own = reply.statuses.filter((status) => status in OWN_CODES || (status === 503 && isProblem));
      for (const status of own) checkOwnHeaders(status, reply, path);
      for (const status of own.length === 0 && isProblem ? reply.statuses.slice(0, 1) : own)
        checkProblem(status, reply, path);
    }
  }
  return [...found.values()];

  function targetOf(path: Path): Path {
    return placeOf(Object(valueAt(contract.document, path)), path);
  }

  function headerAt(path: Path, { name }: Pick<HeaderModel, 'name'>): Path {
    return targetOf([...path, 'headers', name]);
  }

  function checkProblem(status: number, { content }: ReplyModel, path: Path): void {
    const { document } = contract;
    if (!content.some(({ mediaType }) => /^application\/(problem\+)?json$/.test(mediaType)))
      report(path, 'the service sends a problem with this status: declare the content application/json');
    for (const { mediaType, kind, schema } of content) {
      if (kind !== 'json' || schema === undefined) continue;
      // The compiler checks the codes of handlers.
      const said = partsOf(document, propertiesOf(document, schema).code);
      const codes = said.find((part) => Array.isArray(part.enum))?.enum;
      const code = OWN_CODES[status] ?? (Array.isArray(codes) ? codes[0] : 'code');
      const sample = { ...SAMPLE_PROBLEM, status, code, ...(status === 400 && SAMPLE_ERRORS) };
      const what = compiler.errorOf(jsonSchema(document, schema, 'reply'), sample);
      if (what !== null)
        report(
          [...path, 'content', mediaType, 'schema'],
          `the service sends a problem (RFC 9457) here, which must fit: ${what}`,
        );
    }
  }

  function checkOwnHeaders(status: number, { headers }: ReplyModel, path: Path): void {
    const samples = { ...OF_PROBLEMS, ...OF_STATUS[status] };
    checkHeaders(headers, samples, path);
    const missing = headers.find(
      ({ name, required }) => required && !(name.toLowerCase() in { ...OF_ALL, ...samples }),
    );
    if (missing) report(headerAt(path, missing), `the service itself sends a ${status} without it: leave required out`);
  }

  function checkHeaders(headers: readonly HeaderModel[], samples: Samples, path: Path): void {
    for (const { name, schema } of headers) {
      const types = typesOf(contract.document, schema);
      const isNumber = types !== null && (types.has('integer') || types.has('number')) && !types.has('string');
      for (const sample of samples[name.toLowerCase()] ?? []) {
        const value = isNumber && /^\d+$/.test(sample) ? Number(sample) : sample;
        const what = compiler.errorOf(jsonSchema(contract.document, schema, 'reply'), value);
        if (what !== null)
          report(headerAt(path, { name }), `the service sends ${JSON.stringify(sample)} here, which must fit: ${what}`);
      }
    }
  }
}
