/** The types of any contract: what the compiler demands of handlers, and what the table of operations contains. */
import type { Call } from '../store/types.js';
import type { JsonDocument } from './json/json-document.js';
import type { JsonBytes, JsonPieces, JsonText, NotJsonText } from './json/json-text.js';
import type { ClosedObjects, VerbatimValue } from './json/large-json.js';

type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

/** The generated shape of an operation. */
export interface OperationShape {
  readonly parameters: { readonly [In in ParameterPlace]?: unknown };
  readonly requestBody?: unknown;
  readonly responses: object;
  readonly security?: readonly string[];
}
export type OperationsShape<Ops> = { [Id in keyof Ops]: OperationShape };

type Part<Op extends OperationShape, In extends ParameterPlace> =
  NonNullable<Op['parameters'][In]> extends infer P ? ([P] extends [never] ? Record<never, never> : P) : never;

type Lowercased<T> = { [K in keyof T as K extends string ? Lowercase<K> : K]: T[K] };

type JsonMediaType = 'application/json' | 'text/json' | `${string}+json`;

type NoBody = { readonly [Name in 'contentType' | 'body' | 'document']: undefined };

/** One alternative for each media type, with `contentType` as the discriminant. */
type Contents<Content> = {
  [M in keyof Content]: {
    readonly contentType: M;
    readonly body: Content[M];
    /** JSON only: the body with the text of its values. */
    readonly document: M extends JsonMediaType ? JsonDocument : undefined;
  };
}[keyof Content];

type BodyOf<Body> = [NonNullable<Body>] extends [never]
  ? NoBody
  : NonNullable<Body> extends { readonly content: infer Content }
    ? Contents<Content> | (undefined extends Body ? NoBody : never)
    : NoBody;

/** The principals of the schemes that accepted the request, one alternative for each of the contract's. */
type PrincipalsOf<Security, Principals> = Security extends readonly (infer Name extends string)[]
  ? { readonly [N in Name]: N extends keyof Principals ? Principals[N] : unknown }
  : unknown;

/** A validated request, as its handler gets it. */
export type RequestOf<Op extends OperationShape, Principals = Record<never, never>> = {
  readonly path: Part<Op, 'path'>;
  readonly query: Part<Op, 'query'>;
  /** The query without the question mark, undecoded: links repeat it. */
  readonly queryText: string;
  /** Declared headers, by their lower-case names. */
  readonly headers: Lowercased<Part<Op, 'header'>>;
  readonly cookies: Part<Op, 'cookie'>;
  readonly principals: PrincipalsOf<Op['security'], Principals>;
  readonly call: Call;
} & BodyOf<Op['requestBody']>;

export interface RequestError {
  /** JSON pointer into the body, or `/query/…`, `/path/…`, `/header/…`, `/cookie/…` and the name. */
  readonly pointer: string;
  readonly detail: string;
}

/** An error in a handler's reply; the responder adds title, type and instance. */
export interface ProblemDetails<Code extends string = string> {
  readonly code: Code;
  readonly detail: string;
  readonly errors?: readonly RequestError[];
}

type ProblemContent = { readonly 'application/problem+json': unknown };

/** Headers that the service itself adds to such a response, in lower case. */
type OwnHeader<Response, Status> =
  | 'x-request-id'
  | (Response extends { readonly content: ProblemContent }
      ? Status extends 429 | 503
        ? 'retry-after'
        : never
      : never);

type HeadersOf<Response, Status> = Response extends { readonly headers: infer H }
  ? { readonly [N in keyof H as Lowercase<N & string> extends OwnHeader<Response, Status> ? never : N]: H[N] }
  : Record<never, never>;
type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];
type HeadersProperty<H> = [RequiredKeys<H>] extends [never] ? { readonly headers?: H } : { readonly headers: H };

/** JSON may be returned as text, unless it may be a string, which would be mistaken for text. */
type JsonValue<Body> = unknown extends Body
  ? JsonPieces<unknown> | JsonBytes<unknown> | NotJsonText
  : [Extract<Body, string>] extends [never]
    ? JsonText<Body> | JsonPieces<Body> | JsonBytes<Body> | Body
    : Body;
type ReplyValue<M, Body> = M extends JsonMediaType ? JsonValue<Body> : Body;

type CodeOf<Problem> = Problem extends { readonly code: infer Code extends string } ? Code : string;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;

/** Also with parameters, for example a charset. */
type WithParameters<M> = M extends string ? M | `${M};${string}` : never;

type ReplyBody<Response> = Response extends { readonly content: infer Content }
  ? Content extends ProblemContent
    ? { readonly problem: ProblemDetails<CodeOf<Content['application/problem+json']>>; readonly body?: never }
    : IsUnion<keyof Content> extends true
      ? {
          /** Each declared representation, made if the client prefers it. */
          readonly content: { readonly [M in keyof Content]: () => ReplyValue<M, Content[M]> };
          readonly body?: never;
          readonly problem?: never;
        }
      : {
          readonly body: ReplyValue<keyof Content, Content[keyof Content]>;
          readonly contentType?: WithParameters<keyof Content>;
          readonly problem?: never;
        }
  : { readonly body?: never; readonly problem?: never };

/** The closed union of the replies that an operation declares. */
export type ReplyOf<Op extends OperationShape> = {
  [Status in keyof Op['responses']]: { readonly status: Status } & ReplyBody<Op['responses'][Status]> &
    HeadersProperty<HeadersOf<Op['responses'][Status], Status>>;
}[keyof Op['responses']];

/** Exactly one handler for each operation of a contract. */
export type HandlersOf<Ops extends OperationsShape<Ops>, Principals = Record<never, never>> = {
  readonly [Id in keyof Ops]: (request: RequestOf<Ops[Id], Principals>) => Promise<ReplyOf<Ops[Id]>>;
};

export interface ValidationError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Whether a value is valid; `errors` must be read before the next call. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly ValidationError[] | null;
}

export type BodyKind = 'json' | 'text' | 'form' | 'multipart' | 'binary';

/** A single text of a request, and the types that it may be read as, in this order. */
export interface Scalar {
  readonly types: readonly ('boolean' | 'integer' | 'number' | 'string')[];
  /** Values beyond the exact range count as 2^53. */
  readonly saturates?: boolean;
  /** The largest value, of an integer. */
  readonly maximum?: number;
}

/** How a parameter's text becomes a value; the generator derives it from `style`, `explode` and the schema. */
export type ValueForm =
  | ({ readonly kind: 'scalar' } & Scalar)
  | { readonly kind: 'array'; readonly items: Scalar }
  | { readonly kind: 'object'; readonly properties: Readonly<Record<string, Scalar>>; readonly rest: Scalar | null }
  | { readonly kind: 'json' }
  | { readonly kind: 'file'; readonly mediaTypes: readonly string[]; readonly isList: boolean };

export interface ParameterForm {
  /** Headers in lower case. */
  readonly name: string;
  readonly style: string;
  readonly explode: boolean;
  /** Whether `?name=` is always accepted, always rejected, or decided by the schema (null). */
  readonly allowsEmpty: boolean | null;
  readonly value: ValueForm;
  readonly default?: unknown;
}

export interface RequestContent {
  readonly mediaType: string;
  readonly kind: BodyKind;
  /** Forms only: how properties are decoded. */
  readonly fields: readonly ParameterForm[];
  /** JSON only: the values whose text handlers keep. */
  readonly verbatim: readonly VerbatimValue[];
  /** JSON only. */
  readonly closed: ClosedObjects;
}

export interface ReplyContent {
  readonly mediaType: string;
  readonly kind: BodyKind;
  /** JSON only: a handler's string is a string value, not JSON text. */
  readonly maybeString: boolean;
  /** JSON only: a property is writeOnly, so every reply must be checked. */
  readonly hasSecrets: boolean;
}

/** An operation with everything that can be computed before the first request. */
export interface CompiledOperation {
  readonly operationId: string;
  /** In lower case. */
  readonly method: string;
  /** The path template, which is the route in logs and metrics. */
  readonly path: string;
  /** Alternatives; each names the schemes that must all be satisfied, with their scopes. */
  readonly security: readonly { readonly [scheme: string]: readonly string[] }[];
  readonly statuses: readonly number[];
  readonly parameters: Readonly<Record<ParameterPlace, readonly ParameterForm[]>>;
  readonly requestBody: { readonly required: boolean; readonly content: readonly RequestContent[] } | null;
  /** By status: the required headers, and the media types. */
  readonly replies: Readonly<
    Record<number, { readonly headers: readonly string[]; readonly content: readonly ReplyContent[] }>
  >;
  readonly validators: OperationValidators;
}

/** The validators of an operation; null if nothing can be invalid. Those of bodies are by media type. */
export interface OperationValidators {
  readonly path: Validator | null;
  readonly query: Validator | null;
  readonly header: Validator | null;
  readonly cookie: Validator | null;
  readonly body: Readonly<Record<string, Validator | null>>;
  readonly reply: Readonly<
    Record<number, { readonly headers: Validator | null; readonly content: Readonly<Record<string, Validator | null>> }>
  >;
}

export type SecurityScheme =
  | { readonly name: string; readonly kind: 'bearer' | 'basic' }
  | {
      readonly name: string;
      readonly kind: 'apiKey';
      readonly in: 'query' | 'header' | 'cookie';
      readonly key: string;
    };

export interface CompiledContract<Document = object> {
  readonly definition: Document;
  readonly operations: readonly CompiledOperation[];
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  /** The headers that pages of other origins need to send and to read. */
  readonly corsHeaders: { readonly allowed: readonly string[]; readonly exposed: readonly string[] };
}

/** A request of any operation. */
export interface AnyRequest {
  readonly path: object;
  readonly query: object;
  readonly queryText: string;
  readonly headers: object;
  readonly cookies: object;
  readonly principals: Readonly<Record<string, unknown>>;
  readonly contentType: string | undefined;
  readonly body: unknown;
  readonly document: JsonDocument | undefined;
  readonly call: Call;
}

export interface HandlerReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly content?: Readonly<Record<string, () => unknown>>;
  readonly problem?: ProblemDetails;
}

export type AnyHandler = (request: AnyRequest) => Promise<HandlerReply>;

/** A reply ready to be written: its body is text or bytes, or a problem that is formatted later. */
export interface AnyReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly contentType?: string;
  readonly body?: string | Buffer | object;
  readonly problem?: ProblemDetails;
}

/**
 * Removes the types of handlers, for one dispatcher. Safe, because validators and types come from the same contract.
 */
export function untyped<Ops extends OperationsShape<Ops>, Principals>(
  handlers: HandlersOf<Ops, Principals>,
): Record<string, AnyHandler> {
  return handlers as unknown as Record<string, AnyHandler>;
}
