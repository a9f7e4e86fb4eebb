/**
 * What the compiler must reject, line by line. Nothing here runs: `npm run types` fails if one of these errors
 * disappears, because its `@ts-expect-error` is then unused.
 */
import type { Authenticators, Handlers, OperationsWithout, Reply, Request } from '../../src/contract/contract.js';
import { type JsonText, jsonText } from '../../src/contract/json/json-text.js';
import type { HandlersOf, ReplyOf } from '../../src/contract/types.js';
import type { OperatorPrincipals } from '../../src/operators/handlers.js';
import { paymentProblem } from '../../src/payments/problems.js';

declare const handlers: Handlers;
declare const paymentText: Extract<Reply<'getPayment'>, { status: 200 }>['body'] & string;
declare const listText: Extract<Reply<'listPayments'>, { status: 200 }>['body'] & string;

const headers = { ETag: '"0"', 'Cache-Control': 'no-cache' } as const;

export const complete = { ...handlers } satisfies Handlers;

const { getPayment: _left, ...withoutOne } = handlers;
// @ts-expect-error an operation without a handler
export const missing = withoutOne satisfies Handlers;

// @ts-expect-error a handler without an operation
export const surplus = { ...handlers, approvePayment: handlers.getPayment } satisfies Handlers;

// @ts-expect-error the handler of another operation
export const swapped = { ...handlers, getPayment: handlers.listPayments } satisfies Handlers;

export const neverLimited: OperationsWithout<429> = 'getMetrics';

// @ts-expect-error an operation that declares the status
export const limited: OperationsWithout<429> = 'getPayment';

/** Its 503 is no problem. */
export const ownFormat: OperationsWithout<503> = 'getHealth';

// @ts-expect-error an operation without a body
export const withoutBody: OperationsWithout<413> = 'getPayment';

export const good: Reply<'getPayment'> = { status: 200, headers, body: paymentText };

// @ts-expect-error a status that the operation does not declare
export const undeclaredStatus: Reply<'getPayment'> = { status: 201, headers, body: paymentText };

// @ts-expect-error an error whose status the operation does not declare
export const undeclaredError: Reply<'getPayment'> = paymentProblem('version_conflict', 'not for a get');

export const declaredError: Reply<'getPayment'> = paymentProblem('payment_not_found', 'gone');

// @ts-expect-error no body where one is declared
export const missingBody: Reply<'getPayment'> = { status: 200, headers };

// @ts-expect-error the text of another body
export const wrongText: Reply<'getPayment'> = { status: 200, headers, body: listText };

// @ts-expect-error text that is not marked as JSON
export const plainText: Reply<'getPayment'> = { status: 200, headers, body: '{}' };

// @ts-expect-error text that is marked as another schema's JSON
export const otherText: Reply<'getPayment'> = { status: 200, headers, body: jsonText<{ wrong: true }>('{}') };

// @ts-expect-error a body of the wrong type
export const wrongBody: Reply<'getRepo'> = { status: 200, body: { count: 'three' } };

// @ts-expect-error an unknown property
export const surplusMember: Reply<'getRepo'> = { status: 200, body: { count: 3, size: 3 } };

// @ts-expect-error a body on a 204
export const bodyOn204: Reply<'deletePayment'> = { status: 204, body: '' };

// @ts-expect-error a required header (Location) left out
export const missingLocation: Reply<'createPayment'> = { status: 201, headers, body: paymentText };

export const located: Reply<'createPayment'> = {
  status: 201,
  headers: { ...headers, Location: '/' },
  body: paymentText,
};

// @ts-expect-error a required header (ETag) left out
export const missingEtag: Reply<'getPayment'> = { status: 304, headers: { 'Cache-Control': 'no-cache' } };

// @ts-expect-error a header of another value than the contract allows
export const wrongHeader: Reply<'getPayment'> = { status: 304, headers: { ETag: '"0"', 'Cache-Control': 'no-store' } };

// @ts-expect-error a code that is no code
problem('payment_lost', 'unheard of');

declare const list: Request<'listPayments'>;
export const size: number | undefined = list.query.size;
// @ts-expect-error a parameter of another type
export const sizeText: string | undefined = list.query.size;
// @ts-expect-error a query key that the contract does not know
export const unknownKey = list.query.limit;

declare const get: Request<'getPayment'>;
export const id: string = get.path.id;
// @ts-expect-error a path parameter that the contract does not know
export const unknownParameter = get.path.payment_id;
// @ts-expect-error a body where the operation takes none
export const noBody: object = get.body;

declare const create: Request<'createPayment'>;
export const amount: string = create.body.data.attributes.amount;
// @ts-expect-error a property of another type: amounts are always strings
export const amountNumber: number = create.body.data.attributes.amount;
// @ts-expect-error what a client sends is not changed
create.body.data.id = 'other';

/** The same rules apply to any other contract. */
interface OtherOperations {
  ping: {
    parameters: { query?: never; path?: never; header?: never };
    requestBody?: never;
    responses: { 200: { headers: Record<never, never>; content: { 'application/json': { pong: true } } } };
  };
}
export const otherContract = {
  ping: async () => ({ status: 200 as const, body: { pong: true as const } }),
} satisfies HandlersOf<OtherOperations>;
export const otherWrong: HandlersOf<OtherOperations> = {
  // @ts-expect-error a wrong body under another contract
  ping: async () => ({ status: 200 as const, body: { pong: 1 } }),
};

type Unknown = ReplyOf<{
  parameters: { query?: never };
  responses: { 200: { headers: Record<never, never>; content: { 'application/json': unknown } } };
}>['body'];
export const anyJson: readonly Unknown[] = ['text', 5, true, null, [1], { a: 1 }];
// @ts-expect-error text that would be sent as a string, because there is no schema that excludes strings
export const textWithoutSchema: Unknown = jsonText<{ a: number }>('{}');

export const covariant: JsonText<{ a: number }> = jsonText<{ a: number; b: string }>('{"a":1,"b":""}');

declare const operatorToken: Authenticators<OperatorPrincipals>['operatorToken'];
export const allSchemes = { operatorToken } satisfies Authenticators<OperatorPrincipals>;

// @ts-expect-error a security scheme without an authenticator
export const noAuthenticator: Authenticators<OperatorPrincipals> = {};

export const surplusAuthenticator: Authenticators<OperatorPrincipals> = {
  operatorToken,
  // @ts-expect-error an authenticator without a security scheme
  apiKey: operatorToken,
};

export const forbidding: Authenticators<OperatorPrincipals> = {
  // @ts-expect-error an authenticator that forbids, where the contract declares no 403
  operatorToken: () => 'forbidden',
};

declare const secured: Request<'getRepo', OperatorPrincipals>;
export const principal: 'operator' = secured.principals.operatorToken;
// @ts-expect-error a principal of a scheme that the operation does not have
export const noPrincipal = secured.principals.apiKey;
