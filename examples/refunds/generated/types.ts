/**
 * Generated from refunds/openapi.yml (Refunds API 1.0.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

export interface components {
  readonly schemas: {
    readonly "Id": string;
    readonly "NewRefund": {
      readonly "id": components["schemas"]["Id"];
      readonly "payment_id": components["schemas"]["Id"];
      /** In the payment's currency, in plain decimal notation. */
      readonly "amount": string;
    };
    readonly "Refund": {
      readonly "id": string;
      readonly "payment_id": string;
      readonly "amount": string;
    };
    readonly "RefundReply": {
      readonly "data": components["schemas"]["Refund"];
      readonly "links": {
        readonly "self": string;
      };
    };
    readonly "RefundProblem": {
      readonly "type": string;
      readonly "title": string;
      readonly "status": number;
      readonly "detail": string;
      readonly "instance": string;
      readonly "code": "refund_exists" | "refund_not_found" | "refund_without_payment" | "amount_exceeded";
    };
    /** One error of a request. */
    readonly "Fault": {
      /** Where the error is, as a JSON pointer: into the body, or `/query/…`, `/path/…`, `/header/…` and the name. */
      readonly "pointer": string;
      /** The rule that is broken, for people. */
      readonly "detail": string;
    };
    /** An error: the fields of RFC 9457, and a code for programs. */
    readonly "Problem": {
      /** The kind of problem, as a URI made from the code. */
      readonly "type": string;
      /** The kind of problem in a few words; the same for every problem of its kind. */
      readonly "title": string;
      /** The HTTP status of this response. */
      readonly "status": number;
      /** What happened this time, for people. */
      readonly "detail": string;
      /** The id of the request, as in `X-Request-Id`. */
      readonly "instance": string;
      /** What went wrong, for programs: a code that `ErrorCode` lists, or that a later version adds. */
      readonly "code": string;
      /** Every error of the request. Present with a 400 or 422. */
      readonly "errors"?: readonly components["schemas"]["Fault"][];
    };
  };
  /** The schemas that differ between requests and replies, for example because of readOnly properties or defaults. */
  readonly requests: {
    /** An error: the fields of RFC 9457, and a code for programs. */
    readonly "Problem": {
      /** The kind of problem, as a URI made from the code. */
      readonly "type": string;
      /** The kind of problem in a few words; the same for every problem of its kind. */
      readonly "title": string;
      /** The HTTP status of this response. */
      readonly "status": number;
      /** What happened this time, for people. */
      readonly "detail": string;
      /** The id of the request, as in `X-Request-Id`. */
      readonly "instance": string;
      /** What went wrong, for programs: a code that `ErrorCode` lists, or that a later version adds. */
      readonly "code": string;
      /** Every error of the request. Present with a 400 or 422. */
      readonly "errors"?: readonly components["schemas"]["Fault"][];
    } & { readonly [key: string]: unknown };
  };
}

export interface operations {
  /**
   * List refunds
   * Refunds in order of creation, a page at a time; `payment_id` restricts them to one payment.
   */
  readonly "listRefunds": {
    readonly parameters: {
      readonly query: {
        /** Only refunds of this payment. */
        readonly "payment_id"?: components["schemas"]["Id"];
        /** The maximum number of refunds on a page. */
        readonly "size": number;
        /** An opaque cursor from a link of an earlier response with the same filter. Anything else is a 400. */
        readonly "after"?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": {
            readonly "data": readonly components["schemas"]["Refund"][];
            readonly "links": {
              readonly "self": string;
              readonly "next": string;
            };
          };
        };
      };
      readonly 400: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 429: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
          /** The requests left in the current window, and the seconds until it ends (IETF draft, RateLimit headers). */
          readonly "RateLimit"?: string;
          /** The limit, as a number of requests and a window in seconds. */
          readonly "RateLimit-Policy"?: string;
          /** The number of requests that a window allows. */
          readonly "RateLimit-Limit"?: string;
          /** The number of requests left in the current window. */
          readonly "RateLimit-Remaining"?: string;
          /** The number of seconds until the current window ends. */
          readonly "RateLimit-Reset"?: string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 500: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 503: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
    readonly security: readonly [];
  };
  /**
   * Refund a payment, or a part of it
   * The client chooses the id, which is unique for ever. The payment must exist, and what is left of its amount must
   * suffice: both are decided in the transaction that creates the refund.
   */
  readonly "createRefund": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is
         * executed once.
         */
        readonly "Idempotency-Key"?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": {
          readonly "data": components["schemas"]["NewRefund"];
        };
      };
    };
    readonly responses: {
      readonly 201: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The absolute URL of the new payment. */
          readonly "Location": string;
          /** Present if the write was executed earlier. This response repeats the first one. */
          readonly "Idempotent-Replayed"?: "true";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["RefundReply"];
        };
      };
      readonly 400: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 409: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["RefundProblem"];
          readonly "application/problem+json": components["schemas"]["RefundProblem"];
        };
      };
      readonly 413: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 415: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 422: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 429: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
          /** The requests left in the current window, and the seconds until it ends (IETF draft, RateLimit headers). */
          readonly "RateLimit"?: string;
          /** The limit, as a number of requests and a window in seconds. */
          readonly "RateLimit-Policy"?: string;
          /** The number of requests that a window allows. */
          readonly "RateLimit-Limit"?: string;
          /** The number of requests left in the current window. */
          readonly "RateLimit-Remaining"?: string;
          /** The number of seconds until the current window ends. */
          readonly "RateLimit-Reset"?: string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 500: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 503: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
    readonly security: readonly [];
  };
  /**
   * Read a refund
   * A refund as it was created; refunds do not change.
   */
  readonly "getRefund": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** The refund's id, percent-encoded. */
        readonly "id": components["schemas"]["Id"];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["RefundReply"];
        };
      };
      readonly 400: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 404: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["RefundProblem"];
          readonly "application/problem+json": components["schemas"]["RefundProblem"];
        };
      };
      readonly 429: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
          /** The requests left in the current window, and the seconds until it ends (IETF draft, RateLimit headers). */
          readonly "RateLimit"?: string;
          /** The limit, as a number of requests and a window in seconds. */
          readonly "RateLimit-Policy"?: string;
          /** The number of requests that a window allows. */
          readonly "RateLimit-Limit"?: string;
          /** The number of requests left in the current window. */
          readonly "RateLimit-Remaining"?: string;
          /** The number of seconds until the current window ends. */
          readonly "RateLimit-Reset"?: string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 500: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 503: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** The minimum number of seconds to wait. */
          readonly "Retry-After": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
    };
    readonly security: readonly [];
  };
}

/** The names of the security schemes; the application has an authenticator for each. */
export type SchemeName = never;

/** Those whose authenticators may forbid: every operation that requires them declares 403. */
export type ForbiddingScheme = never;
