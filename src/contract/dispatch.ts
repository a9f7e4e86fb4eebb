import type { IncomingHttpHeaders } from 'node:http';
import { type Document, OpenAPIBackend, type Operation, type ParsedRequest } from 'openapi-backend';
import type { Call } from '../store/types.js';
import { BodyDecoder, NO_BODY, type ReceivedBody } from './body.js';
import { RequestErrors } from './errors.js';
import { negotiate } from './media-types.js';
import { cookieTexts, ParameterDecoder, queryTexts, queryWithout, type Values } from './parameters.js';
import { finishReply, successMediaTypes } from './reply.js';
import { createRouter } from './router.js';
import { type Authenticator, createGuard, type Principals } from './security.js';
import type { AnyHandler, AnyReply, AnyRequest, CompiledContract, CompiledOperation, HandlerReply } from './types.js';

/** An authenticated request of a known operation, with a complete body. */
export interface IncomingRequest {
  /** The path parameters in order, still encoded. */
  readonly rawParams: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** The query without the question mark, undecoded. */
  readonly queryText: string;
  readonly principals: Principals;
  readonly body: ReceivedBody | null;
  readonly call: Call;
}

export type ContractApi = ReturnType<typeof createContractApi>;

/** The input of a rule: a request whose parts their schemas may already have rejected. */
export interface RuleInput {
  readonly path: Values;
  readonly query: Values;
  readonly headers: Readonly<Values>;
  readonly body: unknown;
  /** Whether the client sent a query parameter, so that its value is not the default. */
  isSent(name: string): boolean;
  /** Those of the schemas, to which a rule adds its own. */
  readonly errors: Pick<RequestErrors, 'add' | 'isValid'>;
}

/** A check across several properties or parameters, which a schema cannot express; it adds its errors. */
export type Rule = (request: RuleInput) => void;

export interface ContractApiOptions {
  readonly contract: CompiledContract<Document>;
  /** By operationId; `untyped` returns them once the compiler has checked them. */
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  readonly authenticators?: Readonly<Record<string, Authenticator<unknown>>>;
  /** By operationId: checks beyond the schemas. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** Called with every reply before it is sent, and with the handler's own headers. */
  readonly checkReply?: (operation: CompiledOperation, reply: AnyReply, headers?: HandlerReply['headers']) => void;
}

/** A routed request for openapi-backend; its parameters are decoded elsewhere. */
interface RoutedRequest extends ParsedRequest {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation<Document>;
}

/** By default openapi-backend compiles every path for each request. */
const ROUTER = {
  matchOperation: ({ operation }: RoutedRequest) => operation,
  parseRequest: (request: RoutedRequest) => request,
};

/**
 * Serves a contract. openapi-backend dispatches to the handlers; routes, validators and parameter decoders were
 * computed when the contract was generated.
 *
 * @throws Error if an operation has no handler or a scheme no authenticator, which the types already reject
 */
export function createContractApi(options: ContractApiOptions) {
  const { contract, handlers, authenticators = {}, rules = {}, checkReply } = options;
  const { definition, operations, corsHeaders } = contract;
  const backend = new OpenAPIBackend<Document>({ definition, validate: false });
  const plans = new Map<CompiledOperation, ReturnType<typeof planOf>>();
  for (const operation of operations) {
    const { operationId } = operation;
    const handler = handlers[operationId];
    if (!handler) throw new Error(`the operation ${operationId} has no handler`);
    backend.register(operationId, (_context, request: AnyRequest) => handler(request));
    plans.set(operation, planOf(operation, contract, rules[operationId]));
  }
  // Instead of `init`, which would read, dereference and list the document.
  Object.assign(backend, { router: ROUTER, initialized: true });

  /** Validates a request and calls its handler, or reports all errors in it. */
  async function dispatch(operation: CompiledOperation, incoming: IncomingRequest): Promise<AnyReply> {
    const plan = plans.get(operation);
    if (!plan) throw new Error(`${operation.operationId} belongs to another contract`);
    const decoded = plan.decode(incoming);
    const isRejected = 'status' in decoded;
    const handled: HandlerReply = isRejected ? decoded : await backend.handleRequest(plan.routed, decoded);
    const reply = isRejected ? decoded : finishReply(operation, handled, incoming.headers.accept);
    checkReply?.(operation, reply, handled.headers);
    return reply;
  }

  const authenticate = createGuard(contract.securitySchemes, authenticators);
  return { definition, operations, corsHeaders, find: createRouter(operations), authenticate, dispatch };
}

/** Headers of which Node keeps the first alone; of others it makes a list. */
const KEPT_ONCE =
  /^(age|etag|expires|from|if-modified-since|if-unmodified-since|last-modified|location|max-forwards|proxy-authorization|referer|retry-after|server|user-agent)$/;
const NOTHING: Values = Object.freeze(Object.create(null));

/** Computed once per operation. */
function planOf(operation: CompiledOperation, contract: CompiledContract<Document>, rule: Rule | undefined) {
  const { operationId, method, path: template, parameters, statuses, requestBody, validators } = operation;
  const routed: RoutedRequest = {
    ...{ method, path: template, headers: {}, params: {}, cookies: {}, query: {}, requestBody: undefined },
    operation: { operationId, method, path: template, responses: {} },
  };
  const pathNames = Array.from(template.matchAll(/\{([^}]+)\}/g), ([, name = '']) => name);
  const pathDecoder = new ParameterDecoder(parameters.path, '/path', false);
  // An operation without a 400 cannot reject a query, so it ignores it.
  const queryDecoder = statuses.includes(400) ? new ParameterDecoder(parameters.query, '/query', true) : null;
  const isQueryAlwaysDecoded = parameters.query.some((form) => form.default !== undefined);
  // Query parameters for authenticators.
  const keys = Object.values(contract.securitySchemes).flatMap((scheme) =>
    scheme.kind === 'apiKey' && scheme.in === 'query' && !parameters.query.some(({ name }) => name === scheme.key)
      ? [scheme.key]
      : [],
  );
  // Plain text headers need no decoding: the handler gets the request's own.
  const isPlain = parameters.header.every(
    ({ value, default: given }) => value.kind === 'scalar' && value.types[0] === 'string' && given === undefined,
  );
  const keptOnce = parameters.header.filter(({ name }) => KEPT_ONCE.test(name)).map(({ name }) => name);
  const headerDecoder = isPlain ? null : new ParameterDecoder(parameters.header, '/header', false);
  const cookieDecoder = parameters.cookie.length > 0 ? new ParameterDecoder(parameters.cookie, '/cookie', false) : null;
  const offered = successMediaTypes(operation);
  const bodies = new Map(
    requestBody?.content.map((content) => [content.mediaType, new BodyDecoder(content, validators)]),
  );

  function decodeHeaders({ headers, rawHeaders }: IncomingRequest, errors: RequestErrors): Values {
    for (const name of keptOnce) {
      const count = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
      if (count > 1) errors.add(`/header/${name}`, 'is given more than once');
    }
    let values: Values = headers;
    if (headerDecoder) {
      const sent = parameters.header.flatMap(({ name }) => {
        const value = headers[name];
        return value === undefined ? [] : [[name, [String(value)]] as const];
      });
      values = headerDecoder.decode(new Map(sent), errors);
    }
    return errors.check(validators.header, values, '/header');
  }

  /** The decoded request, the 406, or the 400 with all its errors. */
  function decode(incoming: IncomingRequest): AnyRequest | AnyReply {
    const { rawParams, headers, principals, body: received, call } = incoming;
    if (offered && negotiate(headers.accept, offered) === null) {
      const detail = `Accept matches none of the available media types: ${offered.join(', ')}.`;
      return { status: 406, problem: { code: 'not_acceptable', detail } };
    }
    const queryText = keys.length === 0 ? incoming.queryText : queryWithout(incoming.queryText, keys);
    const errors = new RequestErrors();
    const pathTexts = pathNames.map((name, index) => [name, [rawParams[index] ?? '']] as const);
    const pathValues = rawParams.length > 0 ? pathDecoder.decode(new Map(pathTexts), errors) : NOTHING;
    const path = errors.check(validators.path, pathValues, '/path');
    const isQueryDecoded = queryText !== '' || isQueryAlwaysDecoded;
    const queryValues = (isQueryDecoded && queryDecoder?.decode(queryTexts(queryText), errors)) || NOTHING;
    const query = queryDecoder ? errors.check(validators.query, queryValues, '/query') : NOTHING;
    const header = decodeHeaders(incoming, errors);
    const cookieValues = cookieDecoder?.decode(cookieTexts(headers.cookie ?? ''), errors) ?? NOTHING;
    const cookies = errors.check(validators.cookie, cookieValues, '/cookie');
    const decoder = received && bodies.get(received.content.mediaType);
    const { body, document } = decoder ? decoder.decode(received, errors) : NO_BODY;
    const contentType = received?.content.mediaType;
    if (!received && requestBody?.required === true && !errors.list)
      errors.add('', `is required: ${requestBody.content[0]?.kind === 'json' ? 'a JSON body' : 'a body'}`);
    rule?.({ path, query, headers: header, body, isSent: (name) => queryTexts(queryText).has(name), errors });
    if (errors.list) {
      const code = errors.isMalformed ? 'malformed_json' : 'validation_failed';
      return { status: 400, problem: { code, detail: errors.summary(), errors: errors.list } };
    }
    return { path, query, queryText, headers: header, cookies, principals, contentType, body, document, call };
  }

  // `routed`: the input of openapi-backend.
  return { routed, decode };
}
