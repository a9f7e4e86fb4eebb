/**
 * What the compiler knows of the contract. The only module that imports `generated/`: everything else takes its types
 * from here, so that a change of `api/openapi.yml` surfaces as compile errors at the places it concerns.
 */
import { definition } from '../../generated/definition.js';
import { operations as operationTable } from '../../generated/operations.js';
import type { components, operations } from '../../generated/types.js';
import type { OperationValidators, ValidationFault, Validator } from '../../generated/validators.js';
import type { Call } from '../store/types.js';
import type { JsonDocument } from './json-document.js';
import type { JsonText } from './json-text.js';

type Schemas = components['schemas'];
export type Payment = Schemas['Payment'];
export type PaymentReply = Schemas['PaymentReply'];
export type PaymentList = Schemas['PaymentList'];
export type Change = Schemas['Change'];
export type ChangeList = Schemas['ChangeList'];
export type Health = Schemas['Health'];
export type Fault = Schemas['Fault'];
export type Problem = Schemas['Problem'];
export type ErrorCode = Schemas['ErrorCode'];

export type OperationId = keyof operations;

/** The shape openapi-typescript gives every operation; a second contract's `operations` fits it as well. */
interface OperationShape {
  parameters: { query?: unknown; path?: unknown; header?: unknown };
  requestBody?: unknown;
  responses: object;
}
export type OperationsShape<Ops> = { [Id in keyof Ops]: OperationShape };

type Part<Op extends OperationShape, In extends 'query' | 'path' | 'header'> =
  NonNullable<Op['parameters'][In]> extends infer P ? ([P] extends [never] ? Record<never, never> : P) : never;

type Lowercased<T> = { [K in keyof T as K extends string ? Lowercase<K> : K]: T[K] };

type JsonBody<Op extends OperationShape> =
  NonNullable<Op['requestBody']> extends { content: { 'application/json': infer Body } } ? Body : undefined;

/** A validated request of an operation: what a handler gets. */
export interface RequestOf<Op extends OperationShape> {
  readonly path: Part<Op, 'path'>;
  readonly query: Part<Op, 'query'>;
  /** Declared headers, by their lower-case names. */
  readonly headers: Lowercased<Part<Op, 'header'>>;
  readonly body: JsonBody<Op>;
  /** The body with the text of its members; there exactly where the operation takes a body. */
  readonly document: JsonBody<Op> extends undefined ? undefined : JsonDocument;
  /** To be passed on to the repository: deadline in, what was sent out. */
  readonly call: Call;
}

/** An error as a handler returns it; the boundary adds what is the same for all (title, type, instance). */
export interface ProblemDetails<Code extends string = ErrorCode> {
  readonly code: Code;
  readonly detail: string;
  readonly errors?: readonly Fault[];
}

/** Headers that the pipeline puts on every answer; a handler need not. */
type PipelineHeader = 'X-Request-Id' | 'Retry-After';

type DeclaredHeaders<R> = R extends { headers: infer H } ? Omit<H, PipelineHeader> : Record<never, never>;
type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];
type HeadersMember<H> = [RequiredKeys<H>] extends [never] ? { readonly headers?: H } : { readonly headers: H };

type BodyMember<R> = R extends { content: infer Content }
  ? Content extends { 'application/problem+json': unknown }
    ? { readonly problem: ProblemDetails; readonly body?: never }
    : Content extends { 'application/json': infer Body }
      ? { readonly body: JsonText<Body> | Body; readonly problem?: never }
      : Content extends { 'text/plain': string }
        ? { readonly body: string; readonly contentType: string; readonly problem?: never }
        : { readonly body?: never; readonly problem?: never }
  : { readonly body?: never; readonly problem?: never };

/** The closed union of the replies an operation declares. */
export type ReplyOf<Op extends OperationShape> = {
  [Status in keyof Op['responses']]: { readonly status: Status } & BodyMember<Op['responses'][Status]> &
    HeadersMember<DeclaredHeaders<Op['responses'][Status]>>;
}[keyof Op['responses']];

/** One handler for each operation of a contract: no more, no fewer. */
export type HandlersOf<Ops extends OperationsShape<Ops>> = {
  readonly [Id in keyof Ops]: (request: RequestOf<Ops[Id]>) => Promise<ReplyOf<Ops[Id]>>;
};

export type Request<Id extends OperationId> = RequestOf<operations[Id]>;
export type Reply<Id extends OperationId> = ReplyOf<operations[Id]>;
export type Handlers = HandlersOf<operations>;

/** The document of a contract, as openapi-backend takes it. */
export type Definition = typeof definition;

export type ValidationError = ValidationFault;
export type ValidateFunction = Validator;

/** An operation with everything that can be known of it before the first request. */
export interface CompiledOperation {
  readonly operationId: string;
  /** In lower case. */
  readonly method: string;
  /** The path template; it is the route that logs and metrics show. */
  readonly path: string;
  readonly tag: string | null;
  /** Every status the contract documents. */
  readonly statuses: readonly number[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly type: string;
  }[];
  readonly requestBody: { readonly required: boolean; readonly mediaTypes: readonly string[] } | null;
  /** By status; empty where the answer has no body. */
  readonly replyMediaTypes: Readonly<Record<number, readonly string[]>>;
  readonly validators: OperationValidators;
}

/** A contract ready to be served. */
export interface CompiledContract {
  readonly definition: Definition;
  readonly operations: readonly CompiledOperation[];
}

/** A request once its operation's types no longer matter. */
export type AnyRequest = RequestOf<OperationShape>;

/** A reply of whatever operation. */
export interface AnyReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly contentType?: string;
  readonly body?: string | Buffer | object;
  readonly problem?: ProblemDetails;
}

/** A handler of whatever operation, as the dispatcher calls it. */
export type AnyHandler = (request: unknown) => Promise<AnyReply>;

/**
 * Takes the types off handlers which the compiler has held against the contract, so that one dispatcher can call them
 * all. What it calls them with has passed the operation's generated validators, which come from the same contract as
 * the types: that is what makes the assertion true.
 *
 * @param handlers - one for each operation
 */
export function untyped<Ops extends OperationsShape<Ops>>(handlers: HandlersOf<Ops>): Record<string, AnyHandler> {
  return handlers as unknown as Record<string, AnyHandler>;
}

/** The path segment of the contract that `--api-version` replaces. */
const VERSION_PREFIX = '/v1/';
/** How the URLs in the contract's examples begin. */
const EXAMPLE_ROOT = 'http://localhost:8080/v1/';

/**
 * The payments contract, under the version prefix and the URL that this service is configured with.
 *
 * @param apiVersion - first segment of the API's paths
 * @param externalUrl - how clients reach the service; becomes the contract's only server
 */
export function paymentsContract(apiVersion: string, externalUrl: string): CompiledContract {
  const exposed = (path: string) =>
    path.startsWith(VERSION_PREFIX) ? `/${apiVersion}/${path.slice(VERSION_PREFIX.length)}` : path;
  const written = withExamplesUnder(`${externalUrl}/${apiVersion}/`);
  return {
    definition: Object.assign({}, written, {
      servers: [{ url: externalUrl }],
      paths: Object.fromEntries(Object.entries(written.paths ?? {}).map(([path, item]) => [exposed(path), item])),
    }),
    operations: Object.values(operationTable).map((operation) => ({ ...operation, path: exposed(operation.path) })),
  };
}

/** The contract with examples whose links are what this service would give. */
function withExamplesUnder(root: string): Definition {
  if (root === EXAMPLE_ROOT) return definition;
  // A URL that was configured can hold what JSON escapes.
  const inJson = JSON.stringify(root).slice(1, -1);
  return JSON.parse(JSON.stringify(definition).replaceAll(EXAMPLE_ROOT, () => inJson));
}
