/**
 * Generated from api/openapi.yml (Payments API 1.1.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

export interface components {
  readonly schemas: {
    /** The service knows only `amount`. Everything else is kept as it was sent. */
    readonly "PaymentAttributes": {
      /** A decimal number greater than zero, in digits, without sign or exponent. Leading zeros are kept. */
      readonly "amount": string;
    } & { readonly [key: string]: unknown };
    /** A payment to be created. */
    readonly "PaymentInput": {
      /** Chosen by the client, unique forever. 1 to 255 Unicode characters, not blank, no control characters. */
      readonly "id": string;
      /** Accepted and ignored; a new payment is at version 0. */
      readonly "version"?: number;
      /** Always `Payment`. */
      readonly "type": "Payment";
      /** The organisation that owns the payment. 1 to 255 Unicode characters, not blank, no control characters. */
      readonly "organisation_id": string;
      readonly "attributes": components["schemas"]["PaymentAttributes"];
    };
    /** A payment to be created. */
    readonly "NewPayment": components["schemas"]["PaymentInput"];
    /** A payment. */
    readonly "Payment": {
      /** Chosen by the client, unique forever. 1 to 255 Unicode characters, not blank, no control characters. */
      readonly "id": string;
      /** Set by the server, 0 on create, and incremented by each update. */
      readonly "version": number;
      /** Always `Payment`. */
      readonly "type": "Payment";
      /** The organisation that owns the payment. 1 to 255 Unicode characters, not blank, no control characters. */
      readonly "organisation_id": string;
      readonly "attributes": components["schemas"]["PaymentAttributes"];
    };
    readonly "CreatePaymentRequest": {
      readonly "data": components["schemas"]["PaymentInput"];
      /** Ignored; allowed so that a response can be sent back. */
      readonly "links"?: { readonly [key: string]: unknown };
    };
    readonly "UpdatePaymentRequest": {
      readonly "data": components["schemas"]["Payment"];
      /** Ignored; allowed so that a response can be sent back. */
      readonly "links"?: { readonly [key: string]: unknown };
    };
    /** A payment and its URL. */
    readonly "PaymentReply": {
      readonly "data": components["schemas"]["Payment"];
      readonly "links": components["schemas"]["Links"];
    };
    /** A page of payments, in order of creation. */
    readonly "PaymentList": {
      readonly "data": readonly components["schemas"]["Payment"][];
      readonly "links": components["schemas"]["PageLinks"];
    };
    /** One write that succeeded. */
    readonly "Change": {
      /** The position in the order of all changes. Opaque; send it as `after` to continue from here. */
      readonly "position": string;
      /** What the write did. */
      readonly "kind": "created" | "updated" | "deleted";
      /** The time of the write, in UTC. It never decreases from one change to the next. */
      readonly "at": string;
      /** Present, and true, if the change stands for everything that happened to a payment before changes were recorded. */
      readonly "baseline"?: boolean;
      readonly "payment": components["schemas"]["Payment"];
    };
    /** A page of changes, in order. */
    readonly "ChangeList": {
      readonly "data": readonly components["schemas"]["Change"][];
      readonly "links": components["schemas"]["ChangeLinks"];
    };
    readonly "ChangeLinks": {
      /** The absolute URL of this page. */
      readonly "self": string;
      /** The next page. The last page has this link too, to look for more later. */
      readonly "next": string;
    };
    readonly "Links": {
      /** The absolute URL of this payment. */
      readonly "self": string;
    };
    readonly "PageLinks": {
      /** The absolute URL of this page. */
      readonly "self": string;
      /** The next page. The last page has this link too, to look for more later. */
      readonly "next": string;
      /** The previous page, in the same order, if there is one. */
      readonly "prev"?: string;
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
    /** One error of a request. */
    readonly "Fault": {
      /** Where the error is, as a JSON pointer: into the body, or `/query/…`, `/path/…`, `/header/…` and the name. */
      readonly "pointer": string;
      /** The rule that is broken, for people. */
      readonly "detail": string;
    };
    /**
     * What went wrong, for programs. Codes are never renamed, and new ones may be added: treat an unknown code by its
     * status.
     *
     * | code | status | meaning, and what to do |
     * | --- | --- | --- |
     * | `validation_failed` | 400 | The request breaks a rule of this contract; `errors` lists every error. Correct the request. |
     * | `malformed_json` | 400 | The body is not JSON in UTF-8, has a duplicate property, or is nested too deeply. Correct the request. |
     * | `malformed_request` | 400 | The request or its path is malformed. Correct it. |
     * | `unauthorized` | 401 | The credentials are missing or invalid. Send those that `WWW-Authenticate` names. |
     * | `payment_not_found` | 404 | There is no payment with this id, or it was deleted. Nothing to retry. |
     * | `route_not_found` | 404 | There is nothing at this path. Correct the URL. |
     * | `endpoint_disabled` | 404 | The service was started without this endpoint. Ask its operator. |
     * | `method_not_allowed` | 405 | The path has no such method. Use one that `Allow` lists. |
     * | `request_timeout` | 408 | The request was not complete in time. Nothing was changed; send it again. |
     * | `payment_exists` | 409 | The id is or was that of another payment. Read that payment, or choose another id. |
     * | `version_conflict` | 409 | The payment has another version. Read it, apply the change again, and send it with the new version. |
     * | `precondition_failed` | 412 | `If-Match` does not match. Read the payment, and apply the change again. |
     * | `body_too_large` | 413 | The body is larger than the service accepts. Send less. |
     * | `unsupported_media_type` | 415 | `Content-Type` is not JSON. Send `application/json`. |
     * | `expectation_failed` | 417 | `Expect` is not `100-continue`. Leave it out. |
     * | `idempotency_key_reused` | 422 | The key was used for another request. Use a new key for each write. |
     * | `rate_limited` | 429 | Too many requests. Wait as long as `Retry-After` says, then repeat. |
     * | `headers_too_large` | 431 | The request line and headers together are too large. Send less. |
     * | `internal_error` | 500 | A defect of the service. Report it with the request id. |
     * | `repository_unavailable` | 503 | The database is unreachable; nothing was changed. Repeat after `Retry-After`. |
     * | `overloaded` | 503 | Too many requests are waiting; nothing was changed. Repeat after `Retry-After`, more slowly. |
     * | `deadline_exceeded` | 503 | The request timed out before the work began; nothing was changed. Repeat after `Retry-After`. |
     * | `outcome_unknown` | 503 | The database became unreachable during a write, which may have happened. Repeat it with its key, or read the payment first. |
     */
    readonly "ErrorCode": "validation_failed" | "malformed_json" | "unauthorized" | "payment_not_found" | "route_not_found" | "endpoint_disabled" | "method_not_allowed" | "request_timeout" | "payment_exists" | "version_conflict" | "precondition_failed" | "body_too_large" | "unsupported_media_type" | "expectation_failed" | "idempotency_key_reused" | "rate_limited" | "headers_too_large" | "malformed_request" | "internal_error" | "repository_unavailable" | "overloaded" | "deadline_exceeded" | "outcome_unknown";
    /** What the service stores. */
    readonly "RepoInfo": {
      /** The number of payments, without deleted ones. */
      readonly "count": number;
    };
    /** Whether the service can serve payments. */
    readonly "Health": {
      readonly "status": "up" | "down";
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
   * List payments
   * One page of payments, in order of creation. Follow `links.next` and `links.prev`; do not build links yourself. The last
   * page has `links.next` too: follow it later for new payments.
   *
   * - **By cursor**: start without `from`. Pages cost the same at any depth. Every payment that existed at the start, and was
   *   not deleted meanwhile, is returned exactly once.
   * - **By offset**: start with `from`. Pages get slower with depth, and shift when earlier payments are deleted.
   *
   * `size` with `to`, `after` with `from`, or a repeated parameter is a 400.
   */
  readonly "listPayments": {
    readonly parameters: {
      readonly query?: {
        /** The number of payments to skip. To page by cursor, leave it out on every page. */
        readonly "from"?: number;
        /** The page size. The default is also the maximum: 20, unless the service is configured otherwise (`--max-results`). */
        readonly "size"?: number;
        /** Use `size` instead. A page has `to` − `from` payments, which must be at least one. */
        readonly "to"?: number;
        /** An opaque cursor from a link of an earlier response with the same filter. Anything else is a 400. */
        readonly "after"?: string;
        /** Return only what belongs to this organisation. Case-sensitive. */
        readonly "organisation_id"?: string;
      };
      readonly header?: {
        /** Tokens of earlier responses: this response is not older. `latest` asks for the newest data. The section `conventions` has the details. */
        readonly "Consistency-Token"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["PaymentList"];
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
   * Create a payment
   * The client chooses the id. It is unique forever: the id of a deleted payment cannot be reused. Ids are case-sensitive.
   * The first version is 0. Of several concurrent creates of one id, exactly one is a 201.
   *
   * With an `Idempotency-Key`, a create, update or delete can be repeated until there is a response. A write that
   * succeeded is not executed again: its first response is returned, with `Idempotent-Replayed: true`. Keys are kept
   * forever. The same key with another method, path or body is a 422. Rejected and failed writes are not remembered.
   */
  readonly "createPayment": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is
         * executed once.
         */
        readonly "Idempotency-Key"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["CreatePaymentRequest"];
      };
    };
    readonly responses: {
      readonly 201: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** The payment's version in quotes, for `If-Match` and `If-None-Match`. */
          readonly "ETag": string;
          /** The absolute URL of the new payment. */
          readonly "Location": string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
          /** Present if the write was executed earlier. This response repeats the first one. */
          readonly "Idempotent-Replayed"?: "true";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["PaymentReply"];
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
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
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
   * Get a payment
   * The payment as it is now. Its `ETag` is its version in quotes, for example `"3"`. If `If-None-Match` names this version,
   * the response is a 304 without a body.
   */
  readonly "getPayment": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * Entity tags that the client has, or `*` (RFC 9110, 13.1.2). If one matches the payment's, compared weakly, the response is a
         * 304.
         */
        readonly "If-None-Match"?: string;
        /** Tokens of earlier responses: this response is not older. `latest` asks for the newest data. The section `conventions` has the details. */
        readonly "Consistency-Token"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path: {
        /**
         * The payment's id, percent-encoded. It is case-sensitive.
         *
         * The ids `.` and `..` are valid, but browsers and most HTTP libraries remove such a segment from a URL, even
         * percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths unchanged, such as
         * `curl --path-as-is`.
         */
        readonly "id": string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** The payment's version in quotes, for `If-Match` and `If-None-Match`. */
          readonly "ETag": string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["PaymentReply"];
        };
      };
      readonly 304: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** The payment's version in quotes, for `If-Match` and `If-None-Match`. */
          readonly "ETag": string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
        };
        readonly content?: never;
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
   * Update a payment
   * Replaces `organisation_id` and `attributes` entirely. `data.id` must be the id of the path.
   *
   * `data.version` must be the stored version; the response has the next one. If another client was faster, the
   * response is a 409 `version_conflict`, or with `If-Match` a 412: read the payment, apply the change again, and send it
   * with the new version. Of several concurrent updates from one version, exactly one is a 200.
   */
  readonly "updatePayment": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /**
         * Entity tags, one of which the payment must have, or `*` (RFC 9110, 13.1.1). If none matches, compared strongly, the response
         * is a 412.
         */
        readonly "If-Match"?: string;
        /**
         * A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is
         * executed once.
         */
        readonly "Idempotency-Key"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path: {
        /**
         * The payment's id, percent-encoded. It is case-sensitive.
         *
         * The ids `.` and `..` are valid, but browsers and most HTTP libraries remove such a segment from a URL, even
         * percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths unchanged, such as
         * `curl --path-as-is`.
         */
        readonly "id": string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["UpdatePaymentRequest"];
      };
    };
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** The payment's version in quotes, for `If-Match` and `If-None-Match`. */
          readonly "ETag": string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
          /** Present if the write was executed earlier. This response repeats the first one. */
          readonly "Idempotent-Replayed"?: "true";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["PaymentReply"];
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
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 412: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
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
   * Delete a payment
   * Gets, lists and updates then respond as if the payment did not exist. Its versions and changes remain, and its id cannot
   * be reused. If `version` is not the stored version, the response is a 409 `version_conflict`.
   */
  readonly "deletePayment": {
    readonly parameters: {
      readonly query: {
        /** The version of the payment that the client has read. Decimal digits only. */
        readonly "version": number;
      };
      readonly header?: {
        /**
         * Entity tags, one of which the payment must have, or `*` (RFC 9110, 13.1.1). If none matches, compared strongly, the response
         * is a 412.
         */
        readonly "If-Match"?: string;
        /**
         * A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is
         * executed once.
         */
        readonly "Idempotency-Key"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path: {
        /**
         * The payment's id, percent-encoded. It is case-sensitive.
         *
         * The ids `.` and `..` are valid, but browsers and most HTTP libraries remove such a segment from a URL, even
         * percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths unchanged, such as
         * `curl --path-as-is`.
         */
        readonly "id": string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** Present if the write was executed earlier. This response repeats the first one. */
          readonly "Idempotent-Replayed"?: "true";
        };
        readonly content?: never;
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
          readonly "application/json": components["schemas"]["Problem"];
          readonly "application/problem+json": components["schemas"]["Problem"];
        };
      };
      readonly 412: {
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
   * List the versions of a payment
   * The changes of one payment, in order, each with the payment after the write. They remain after the payment was deleted.
   * `position` orders a change among those of all payments.
   */
  readonly "listPaymentVersions": {
    readonly parameters: {
      readonly query?: {
        /** The page size. The default is also the maximum: 20, unless the service is configured otherwise (`--max-results`). */
        readonly "size"?: number;
        /** Where to continue: the value in `links.next` of the previous page. Anything else is a 400. */
        readonly "after"?: string;
      };
      readonly header?: {
        /** Tokens of earlier responses: this response is not older. `latest` asks for the newest data. The section `conventions` has the details. */
        readonly "Consistency-Token"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path: {
        /**
         * The payment's id, percent-encoded. It is case-sensitive.
         *
         * The ids `.` and `..` are valid, but browsers and most HTTP libraries remove such a segment from a URL, even
         * percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths unchanged, such as
         * `curl --path-as-is`.
         */
        readonly "id": string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["ChangeList"];
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
   * List changes
   * Every write that succeeded, in commit order. Start without `after`, follow `links.next`, and store the `position` of
   * the last change that you have processed: you see every change exactly once, even after restarts and failovers. To continue
   * after a change, send its `position` as `after`. A change is visible as soon as its write is acknowledged.
   *
   * With `wait` (a long poll) the response waits until there is a change.
   */
  readonly "listChanges": {
    readonly parameters: {
      readonly query?: {
        /** Where to continue: the `position` of a change, or the value in `links.next`. Anything else is a 400. */
        readonly "after"?: string;
        /** The page size. The default is also the maximum: 20, unless the service is configured otherwise (`--max-results`). */
        readonly "size"?: number;
        /** Return only what belongs to this organisation. Case-sensitive. */
        readonly "organisation_id"?: string;
        /**
         * The number of seconds to wait for a change if there is none yet. When the time is up, the service stops, or too many clients wait, the page
         * is empty.
         */
        readonly "wait"?: number;
      };
      readonly header?: {
        /** Tokens of earlier responses: this response is not older. `latest` asks for the newest data. The section `conventions` has the details. */
        readonly "Consistency-Token"?: string;
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys. */
          readonly "Consistency-Token"?: string;
          /** A cache may store the response, and must revalidate it. */
          readonly "Cache-Control": "no-cache";
        };
        readonly content: {
          readonly "application/json": components["schemas"]["ChangeList"];
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
   * Count the payments
   * The number of payments, without deleted ones.
   */
  readonly "getRepo": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
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
          readonly "application/json": components["schemas"]["RepoInfo"];
        };
      };
      readonly 401: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** How to authenticate (RFC 6750). */
          readonly "WWW-Authenticate": string;
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
    readonly security: readonly ["operatorToken"];
  };
  /**
   * Delete everything
   * Deletes every payment, change and key. All ids are free again. For test environments.
   */
  readonly "deleteRepo": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 204: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
        };
        readonly content?: never;
      };
      readonly 401: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** How to authenticate (RFC 6750). */
          readonly "WWW-Authenticate": string;
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
    readonly security: readonly ["operatorToken"];
  };
  /**
   * Is the service ready?
   * Readiness: payments can be served. Send no requests while this fails.
   */
  readonly "getHealth": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
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
          readonly "application/json": components["schemas"]["Health"];
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
        };
        readonly content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
    };
    readonly security: readonly [];
  };
  /**
   * Is the process alive?
   * Liveness: the process responds, whatever the database does. Restart it when this fails, not when `/health` does.
   */
  readonly "getLiveness": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
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
          readonly "application/json": components["schemas"]["Health"];
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
    };
    readonly security: readonly [];
  };
  /**
   * Metrics for Prometheus
   * In Prometheus's text format. Only if the service was started with `--metrics`.
   */
  readonly "getMetrics": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** The client's own id for this request, a token of at most 128 characters. Anything else is replaced. */
        readonly "X-Request-Id"?: string;
      };
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
          readonly "text/plain": string;
        };
      };
      readonly 401: {
        readonly headers: {
          /** The id of this request, the client's or a new one. */
          readonly "X-Request-Id": string;
          /** How to authenticate (RFC 6750). */
          readonly "WWW-Authenticate": string;
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
    readonly security: readonly ["operatorToken"];
  };
}

/** The names of the security schemes; the application has an authenticator for each. */
export type SchemeName = "operatorToken";

/** Those whose authenticators may forbid: every operation that requires them declares 403. */
export type ForbiddingScheme = never;
