/**
 * `npm run types` checks that everything optional in the contract is used. It is not part of the build: such a contract
 * is enforced on the wire, but what it adds has no effect yet.
 */
import type { operations } from '../../generated/types.js';
import type { OperationId, Request, Schemas } from '../../src/contract/contract.js';
import type { RequestError } from '../../src/contract/types.js';
import type { adminHandlers, monitoringHandlers } from '../../src/operators/handlers.js';
import type { paymentHandlers } from '../../src/payments/handlers.js';
import type { StoredPayment } from '../../src/payments/resource.js';

/** The operations whose parameters are listed here. */
type ListedOperation =
  | keyof ReturnType<typeof paymentHandlers>
  | keyof ReturnType<typeof adminHandlers>
  | keyof ReturnType<typeof monitoringHandlers>;
/** Parameters outside the path, as `operationId.name`, headers in lower case. */
type Parameter = { [Id in ListedOperation]: `${Id}.${NameOf<Id>}` }[ListedOperation];
type NameOf<Id extends OperationId> = string &
  (keyof Request<Id>['query'] | keyof Request<Id>['headers'] | keyof Request<Id>['cookies']);

type UsedParameter =
  | `${OperationId}.${'consistency-token' | 'x-request-id'}`
  | `${'createPayment' | 'updatePayment' | 'deletePayment'}.idempotency-key`
  | ('getPayment.if-none-match' | 'updatePayment.if-match' | `deletePayment.${'version' | 'if-match'}`)
  | `listPayments.${'from' | 'size' | 'to' | 'after' | 'organisation_id'}`
  | `listPaymentVersions.${'size' | 'after'}`
  | `listChanges.${'size' | 'after' | 'organisation_id' | 'wait'}`;
/** The other parameters are ignored. */
({}) satisfies Readonly<Record<Exclude<Parameter, UsedParameter>, true>>;

/** Read by middleware, even if the contract names other headers. */
({ 'consistency-token': true, 'x-request-id': true }) satisfies {
  readonly [Name in { [Id in OperationId]: keyof Request<Id>['headers'] }[OperationId]]?: true;
};

/** Headers of responses, in lower case. */
type ResponseHeader = { [Id in OperationId]: HeadersOf<operations[Id]['responses']> }[OperationId];
type HeadersOf<Responses> = Responses[keyof Responses] extends infer One
  ? One extends { readonly headers: infer Headers }
    ? Lowercase<keyof Headers & string>
    : never
  : never;

type SentHeader =
  | ('cache-control' | 'etag' | 'idempotent-replayed' | 'location')
  | ('consistency-token' | 'retry-after' | 'www-authenticate' | 'x-request-id')
  | ('ratelimit' | 'ratelimit-policy' | `ratelimit-${'limit' | 'remaining' | 'reset'}`);
/** Nothing sends the other headers. */
({}) satisfies Readonly<Record<Exclude<ResponseHeader, SentHeader>, true>>;

/** Properties of responses, as `Schema.property`. */
type Property = { [Name in keyof Schemas]: `${Name}.${keyof Schemas[Name] & string}` }[keyof Schemas];
type SchemaOf<Known> = Known extends `${infer Name}.${string}` ? Name : never;

type SentProperty =
  | `Payment.${keyof StoredPayment | 'type'}`
  | `${'PaymentReply' | 'PaymentList' | 'ChangeList'}.${'data' | 'links'}`
  | ('Links.self' | `PageLinks.${'self' | 'next' | 'prev'}` | `ChangeLinks.${'self' | 'next'}`)
  | `Change.${'position' | 'kind' | 'at' | 'baseline' | 'payment'}`
  | ('RepoInfo.count' | 'Health.status' | `Fault.${keyof RequestError}`)
  | `Problem.${'type' | 'title' | 'status' | 'detail' | 'instance' | 'code' | 'errors'}`;
/** Nothing sends the other properties. */
({}) satisfies Readonly<Record<Exclude<Extract<Property, `${SchemaOf<SentProperty>}.${string}`>, SentProperty>, true>>;
