/**
 * Generated from api/openapi.yml (Payments API 1.1.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

export interface paths {
    readonly "/v1/payments": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List payments
         * @description One page of the payments, in order of creation. Without parameters it is the first page of a walk by cursor;
         *     follow `links.next` from there. `size` and `to` together, `after` and `from` together, or a parameter given
         *     twice, are 400.
         */
        readonly get: operations["listPayments"];
        readonly put?: never;
        /**
         * Create a payment
         * @description The client chooses the id. It is unique for ever: the id of a deleted payment is never free again, and ids that
         *     differ only in letter case are different ids. The version is set by the server and starts at 0, whatever valid
         *     version the request carries. Of several concurrent creates with one id exactly one is answered 201.
         */
        readonly post: operations["createPayment"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/payments/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Get a payment
         * @description The payment as it is now. With `If-None-Match` the answer is 304 while it is still the one the client has.
         */
        readonly get: operations["getPayment"];
        /**
         * Update a payment
         * @description Replaces `organisation_id` and `attributes` as a whole. `data.version` is the version the change was made from
         *     and must still be the stored one; the answer carries the next. `data.id` must be the id of the path.
         */
        readonly put: operations["updatePayment"];
        readonly post?: never;
        /**
         * Delete a payment
         * @description The payment is gone for every other operation, and its id is never free again. `version` must be the stored one.
         */
        readonly delete: operations["deletePayment"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/payments/{id}/versions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the versions of a payment
         * @description The changes of one payment, in order: what it was after each write, and who deleted what. It works after the payment was
         *     deleted as well. The feed's `position` says where each change is among those of all payments.
         */
        readonly get: operations["listPaymentVersions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/changes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List changes
         * @description Every write that succeeded, in the order in which they were committed. Start without `after`, and follow `links.next`:
         *     you see every change exactly once. A change is here as soon as its write was acknowledged. The `position` of a
         *     change is a cursor as well: send it as `after` to continue after that change.
         */
        readonly get: operations["listChanges"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/repo": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Count the payments
         * @description How many payments there are, deleted ones not counted.
         */
        readonly get: operations["getRepo"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Delete everything
         * @description Forgets every payment, the ids of deleted ones included, which makes them free again. For test environments.
         */
        readonly delete: operations["deleteRepo"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is the service ready?
         * @description Readiness: whether payments can be served now. Down while the database is away and while the service is being
         *     stopped; send no new requests to it then.
         */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Liveness: the process answers, whatever the database does. Restart the process when this fails, not when
         *     `/health` does.
         */
        readonly get: operations["getLiveness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Metrics of the process and of its requests, in Prometheus's text format. There only where the service was
         *     started with `--metrics`.
         */
        readonly get: operations["getMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What the payment is about. Only `amount` is known to the service; the rest is kept as it came.
         * @example {
         *       "amount": "100.21",
         *       "currency": "GBP"
         *     }
         */
        readonly PaymentAttributes: {
            /**
             * @description Plain decimal notation, greater than zero: digits, optionally a point and more digits. No sign and no
             *     exponent; leading zeros are kept.
             * @example 100.21
             */
            readonly amount: string;
        } & {
            readonly [key: string]: unknown;
        };
        /** @description A payment to be created. */
        readonly NewPayment: {
            /**
             * Format: well-formed
             * @description Chosen by the client, unique for ever. 1 to 255 Unicode characters, not blank, no control characters.
             * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
             */
            readonly id: string;
            /**
             * Format: int64
             * @description Accepted and ignored; a new payment is at version 0.
             * @example 0
             */
            readonly version?: number;
            /**
             * @description Always `Payment`.
             * @example Payment
             * @enum {string}
             */
            readonly type: "Payment";
            /**
             * Format: well-formed
             * @description Whose payment it is. 1 to 255 Unicode characters, not blank, no control characters.
             * @example 743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb
             */
            readonly organisation_id: string;
            readonly attributes: components["schemas"]["PaymentAttributes"];
        };
        /** @description A payment. */
        readonly Payment: {
            /**
             * Format: well-formed
             * @description Chosen by the client, unique for ever. 1 to 255 Unicode characters, not blank, no control characters.
             * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
             */
            readonly id: string;
            /**
             * Format: int64
             * @description Set by the server; 0 on create, one more after each update.
             * @example 0
             */
            readonly version: number;
            /**
             * @description Always `Payment`.
             * @example Payment
             * @enum {string}
             */
            readonly type: "Payment";
            /**
             * Format: well-formed
             * @description Whose payment it is. 1 to 255 Unicode characters, not blank, no control characters.
             * @example 743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb
             */
            readonly organisation_id: string;
            readonly attributes: components["schemas"]["PaymentAttributes"];
        };
        readonly CreatePaymentRequest: {
            readonly data: components["schemas"]["NewPayment"];
            /** @description Ignored; allowed so that an answer can be sent back as it came. */
            readonly links?: {
                readonly [key: string]: unknown;
            };
        };
        readonly UpdatePaymentRequest: {
            readonly data: components["schemas"]["Payment"];
            /** @description Ignored; allowed so that an answer can be sent back as it came. */
            readonly links?: {
                readonly [key: string]: unknown;
            };
        };
        /** @description A payment and where it is. */
        readonly PaymentReply: {
            readonly data: components["schemas"]["Payment"];
            readonly links: components["schemas"]["Links"];
        };
        /** @description A page of payments, in order of creation. */
        readonly PaymentList: {
            readonly data: readonly components["schemas"]["Payment"][];
            readonly links: components["schemas"]["PageLinks"];
        };
        /** @description One write that succeeded. */
        readonly Change: {
            /**
             * @description The place of the change in the order of all changes. Opaque; send it as `after` to continue from here.
             * @example a1-1qqgo5i
             */
            readonly position: string;
            /**
             * @description What the write did.
             * @example created
             * @enum {string}
             */
            readonly kind: "created" | "updated" | "deleted";
            /**
             * Format: date-time
             * @description When, in UTC. It never decreases from one change to the next.
             * @example 2026-01-31T09:30:00.000Z
             */
            readonly at: string;
            /**
             * @description There, and true, where the change stands for everything that happened to a payment before changes were recorded.
             * @example true
             */
            readonly baseline?: boolean;
            readonly payment: components["schemas"]["Payment"];
        };
        /** @description A page of changes, in order. */
        readonly ChangeList: {
            readonly data: readonly components["schemas"]["Change"][];
            readonly links: components["schemas"]["ChangeLinks"];
        };
        readonly ChangeLinks: {
            /**
             * Format: uri
             * @description The absolute URL of this page.
             * @example http://localhost:8080/v1/changes?size=10
             */
            readonly self: string;
            /**
             * Format: uri
             * @description The page after this one; always there, on the last page as the place to look again later.
             * @example http://localhost:8080/v1/changes?after=a1-1qqgo5i&size=10
             */
            readonly next: string;
        };
        readonly Links: {
            /**
             * Format: uri
             * @description The absolute URL of this payment.
             * @example http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
             */
            readonly self: string;
        };
        readonly PageLinks: {
            /**
             * Format: uri
             * @description The absolute URL of this page.
             * @example http://localhost:8080/v1/payments?size=10
             */
            readonly self: string;
            /**
             * Format: uri
             * @description The page after this one; always there, on the last page as the place to look again later.
             * @example http://localhost:8080/v1/payments?after=MWEx&size=10
             */
            readonly next: string;
            /**
             * Format: uri
             * @description The page before this one, in the same order; there when there is one.
             * @example http://localhost:8080/v1/payments?after=MWIxMQ&size=10
             */
            readonly prev?: string;
        };
        /** @description What went wrong, in the members of RFC 9457, and a code for programs to decide by. */
        readonly Problem: {
            /**
             * Format: uri
             * @description The kind of problem as a URI, made from the code.
             * @example urn:problem:payments-api:validation_failed
             */
            readonly type: string;
            /**
             * @description The kind of problem in a few words; the same for every problem of its kind.
             * @example The request is not valid
             */
            readonly title: string;
            /**
             * Format: int32
             * @description The HTTP status of this answer.
             * @example 400
             */
            readonly status: number;
            /**
             * @description What happened this time, for people.
             * @example The request has 2 faults.
             */
            readonly detail: string;
            /**
             * @description The id of the request, as in `X-Request-Id`.
             * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
             */
            readonly instance: string;
            readonly code: components["schemas"]["ErrorCode"];
            /** @description Every error of the request; there with each 400, and with a 422. */
            readonly errors?: readonly components["schemas"]["Fault"][];
        };
        /** @description One fault of a request. */
        readonly Fault: {
            /**
             * @description Where the fault is, as a JSON pointer: into the body, or `/query/…`, `/path/…`, `/header/…` and the name.
             * @example /data/attributes/amount
             */
            readonly pointer: string;
            /**
             * @description The rule that is broken, for people.
             * @example must be a decimal number greater than zero, written in digits
             */
            readonly detail: string;
        };
        /**
         * @description What went wrong, for programs. Codes are never renamed; new ones may be added, so treat one you do not know by its
         *     status.
         *
         *     | code | status | meaning, and what to do |
         *     | --- | --- | --- |
         *     | `validation_failed` | 400 | The request breaks a rule of this contract; `errors` lists every fault. Correct the request. |
         *     | `malformed_json` | 400 | The body is not JSON. Correct the request. |
         *     | `malformed_request` | 400 | What arrived cannot be understood as an HTTP request, in its path or altogether. Correct the request. |
         *     | `unauthorized` | 401 | The token is missing or wrong. Send the one that the service was started with. |
         *     | `payment_not_found` | 404 | There is no payment with this id, or it was deleted. Nothing to retry. |
         *     | `route_not_found` | 404 | There is nothing at this path. Correct the URL. |
         *     | `endpoint_disabled` | 404 | The service was started without this endpoint. Ask its operator. |
         *     | `method_not_allowed` | 405 | The path has no such method. Use one that `Allow` lists. |
         *     | `request_timeout` | 408 | The request was not sent completely in time. Nothing was changed; send it again. |
         *     | `payment_exists` | 409 | The id is, or once was, that of another payment. Read that payment, or choose another id. |
         *     | `version_conflict` | 409 | The payment has another version. Read it, apply the change again, send it with the new version. |
         *     | `precondition_failed` | 412 | `If-Match` does not hold. Read the payment, apply the change again. |
         *     | `body_too_large` | 413 | The body is larger than the service accepts. Send less. |
         *     | `unsupported_media_type` | 415 | The body is not JSON by its `Content-Type`. Send `application/json`. |
         *     | `expectation_failed` | 417 | `Expect` asks for something else than `100-continue`. Leave it out. |
         *     | `idempotency_key_reused` | 422 | The key was used for another request. Use a new key for each write. |
         *     | `rate_limited` | 429 | Too many requests. Wait as long as `Retry-After` says, then repeat. |
         *     | `headers_too_large` | 431 | The request line and headers are too large together. Send less. |
         *     | `internal_error` | 500 | A fault of the service. Report it with the request id. |
         *     | `repository_unavailable` | 503 | The database is away; nothing was changed. Repeat after `Retry-After`. |
         *     | `overloaded` | 503 | Too much is waiting already; nothing was changed. Repeat after `Retry-After`, more slowly. |
         *     | `deadline_exceeded` | 503 | Time ran out before the work began; nothing was changed. Repeat after `Retry-After`. |
         *     | `outcome_unknown` | 503 | The database was lost during a write, which may have happened. Read the payment before repeating. |
         * @example validation_failed
         * @enum {string}
         */
        readonly ErrorCode: "validation_failed" | "malformed_json" | "unauthorized" | "payment_not_found" | "route_not_found" | "endpoint_disabled" | "method_not_allowed" | "request_timeout" | "payment_exists" | "version_conflict" | "precondition_failed" | "body_too_large" | "unsupported_media_type" | "expectation_failed" | "idempotency_key_reused" | "rate_limited" | "headers_too_large" | "malformed_request" | "internal_error" | "repository_unavailable" | "overloaded" | "deadline_exceeded" | "outcome_unknown";
        /** @description What the repository holds. */
        readonly RepoInfo: {
            /**
             * Format: int64
             * @description How many payments there are, deleted ones not counted.
             * @example 42
             */
            readonly count: number;
        };
        /** @description Whether the service can work. */
        readonly Health: {
            /**
             * @example up
             * @enum {string}
             */
            readonly status: "up" | "down";
        };
    };
    responses: {
        /** @description The payment as it is now. */
        readonly Payment: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description The payment's version in quotes, for `If-Match` and `If-None-Match`.
                 * @example "0"
                 */
                readonly ETag: string;
                /**
                 * @description A cache may keep the answer, and must ask before it uses it.
                 * @example no-cache
                 */
                readonly "Cache-Control": "no-cache";
            };
            content: {
                /**
                 * @example {
                 *       "data": {
                 *         "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                 *         "version": 0,
                 *         "type": "Payment",
                 *         "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                 *         "attributes": {
                 *           "amount": "100.21",
                 *           "currency": "GBP"
                 *         }
                 *       },
                 *       "links": {
                 *         "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["PaymentReply"];
            };
        };
        /** @description The payment as it is after the update. */
        readonly UpdatedPayment: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description The payment's version in quotes, for `If-Match` and `If-None-Match`.
                 * @example "0"
                 */
                readonly ETag: string;
                /**
                 * @description A cache may keep the answer, and must ask before it uses it.
                 * @example no-cache
                 */
                readonly "Cache-Control": "no-cache";
                /**
                 * @description There where the write was executed before, and this is its first response again.
                 * @example true
                 */
                readonly "Idempotent-Replayed"?: "true";
            };
            content: {
                /**
                 * @example {
                 *       "data": {
                 *         "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                 *         "version": 1,
                 *         "type": "Payment",
                 *         "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                 *         "attributes": {
                 *           "amount": "120.00",
                 *           "currency": "GBP"
                 *         }
                 *       },
                 *       "links": {
                 *         "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["PaymentReply"];
            };
        };
        /** @description A page of changes; an empty one where there are no more yet. */
        readonly Changes: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description A cache may keep the answer, and must ask before it uses it.
                 * @example no-cache
                 */
                readonly "Cache-Control": "no-cache";
            };
            content: {
                /**
                 * @example {
                 *       "data": [
                 *         {
                 *           "position": "a1-1qqgo5i",
                 *           "kind": "created",
                 *           "at": "2026-01-31T09:30:00.000Z",
                 *           "payment": {
                 *             "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                 *             "version": 0,
                 *             "type": "Payment",
                 *             "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                 *             "attributes": {
                 *               "amount": "100.21",
                 *               "currency": "GBP"
                 *             }
                 *           }
                 *         }
                 *       ],
                 *       "links": {
                 *         "self": "http://localhost:8080/v1/changes?size=1",
                 *         "next": "http://localhost:8080/v1/changes?after=a1-1qqgo5i&size=1"
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["ChangeList"];
            };
        };
        /** @description Done, and durable. There is nothing to say about it. */
        readonly Done: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content?: never;
        };
        /**
         * @description The request breaks the contract: `validation_failed` with every fault in `errors`, `malformed_json` where
         *     the body is not JSON, `malformed_request` where it could not be read at all.
         */
        readonly BadRequest: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:validation_failed",
                 *       "title": "The request does not fit the contract",
                 *       "status": 400,
                 *       "detail": "The request has 2 faults.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "validation_failed",
                 *       "errors": [
                 *         {
                 *           "pointer": "/data/attributes/amount",
                 *           "detail": "must be a decimal number greater than zero, written in digits, such as 100.21"
                 *         },
                 *         {
                 *           "pointer": "/data/organisation_id",
                 *           "detail": "is required"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:validation_failed",
                 *       "title": "The request does not fit the contract",
                 *       "status": 400,
                 *       "detail": "The request has 2 faults.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "validation_failed",
                 *       "errors": [
                 *         {
                 *           "pointer": "/data/attributes/amount",
                 *           "detail": "must be a decimal number greater than zero, written in digits, such as 100.21"
                 *         },
                 *         {
                 *           "pointer": "/data/organisation_id",
                 *           "detail": "is required"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no payment with this id, or no longer (`payment_not_found`). */
        readonly PaymentNotFound: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:payment_not_found",
                 *       "title": "No such payment",
                 *       "status": 404,
                 *       "detail": "There is no payment with this id.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "payment_not_found"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:payment_not_found",
                 *       "title": "No such payment",
                 *       "status": 404,
                 *       "detail": "There is no payment with this id.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "payment_not_found"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The service was started without this endpoint (`endpoint_disabled`). */
        readonly EndpointDisabled: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:endpoint_disabled",
                 *       "title": "This endpoint is switched off",
                 *       "status": 404,
                 *       "detail": "This endpoint is not enabled on this service.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "endpoint_disabled"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:endpoint_disabled",
                 *       "title": "This endpoint is switched off",
                 *       "status": 404,
                 *       "detail": "This endpoint is not enabled on this service.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "endpoint_disabled"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The token is missing or wrong (`unauthorized`). */
        readonly Unauthorized: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description How to authenticate (RFC 6750).
                 * @example Bearer realm="operators"
                 */
                readonly "WWW-Authenticate": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:unauthorized",
                 *       "title": "Authentication is required",
                 *       "status": 401,
                 *       "detail": "This endpoint asks for a token: Authorization: Bearer …",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "unauthorized"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:unauthorized",
                 *       "title": "Authentication is required",
                 *       "status": 401,
                 *       "detail": "This endpoint asks for a token: Authorization: Bearer …",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "unauthorized"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key was used for a request with another method, path or body (`idempotency_key_reused`). Nothing was changed. */
        readonly IdempotencyKeyReused: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:idempotency_key_reused",
                 *       "title": "The idempotency key belongs to another request",
                 *       "status": 422,
                 *       "detail": "The key was used for a request with another method, path or body.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "idempotency_key_reused",
                 *       "errors": [
                 *         {
                 *           "pointer": "/header/idempotency-key",
                 *           "detail": "was used for another request"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:idempotency_key_reused",
                 *       "title": "The idempotency key belongs to another request",
                 *       "status": 422,
                 *       "detail": "The key was used for a request with another method, path or body.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "idempotency_key_reused",
                 *       "errors": [
                 *         {
                 *           "pointer": "/header/idempotency-key",
                 *           "detail": "was used for another request"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The id is, or once was, that of another payment (`payment_exists`). Read it, or choose another id. */
        readonly PaymentExists: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:payment_exists",
                 *       "title": "The id is taken",
                 *       "status": 409,
                 *       "detail": "A payment with this id exists, or existed and was deleted.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "payment_exists"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:payment_exists",
                 *       "title": "The id is taken",
                 *       "status": 409,
                 *       "detail": "A payment with this id exists, or existed and was deleted.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "payment_exists"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The payment has another version (`version_conflict`). Read it again and repeat the change from there. */
        readonly VersionConflict: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:version_conflict",
                 *       "title": "The payment has another version",
                 *       "status": 409,
                 *       "detail": "The payment is at version 3, the request was made from version 2.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "version_conflict"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:version_conflict",
                 *       "title": "The payment has another version",
                 *       "status": 409,
                 *       "detail": "The payment is at version 3, the request was made from version 2.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "version_conflict"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `If-Match` does not hold (`precondition_failed`). Read the payment again. */
        readonly PreconditionFailed: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:precondition_failed",
                 *       "title": "A precondition does not hold",
                 *       "status": 412,
                 *       "detail": "The payment's ETag is none of those in If-Match.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "precondition_failed"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:precondition_failed",
                 *       "title": "A precondition does not hold",
                 *       "status": 412,
                 *       "detail": "The payment's ETag is none of those in If-Match.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "precondition_failed"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than the service accepts, 1 MiB unless configured (`body_too_large`). */
        readonly BodyTooLarge: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:body_too_large",
                 *       "title": "The body is too large",
                 *       "status": 413,
                 *       "detail": "The body is larger than 1048576 bytes.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "body_too_large"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:body_too_large",
                 *       "title": "The body is too large",
                 *       "status": 413,
                 *       "detail": "The body is larger than 1048576 bytes.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "body_too_large"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not JSON by its `Content-Type`, or it is encoded (`unsupported_media_type`). */
        readonly UnsupportedMediaType: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:unsupported_media_type",
                 *       "title": "The body has another media type",
                 *       "status": 415,
                 *       "detail": "The body must be application/json.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "unsupported_media_type"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:unsupported_media_type",
                 *       "title": "The body has another media type",
                 *       "status": 415,
                 *       "detail": "The body must be application/json.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "unsupported_media_type"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests from this address (`rate_limited`). Wait as long as `Retry-After` says. */
        readonly RateLimited: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description How many seconds to wait, at least, before trying again.
                 * @example 1
                 */
                readonly "Retry-After": string;
                /**
                 * @description What is left in the current window, and in how many seconds it ends (IETF draft, RateLimit headers).
                 * @example "default";r=0;t=1
                 */
                readonly RateLimit?: string;
                /**
                 * @description The limit, as a number of requests and a window in seconds.
                 * @example "default";q=5;w=1
                 */
                readonly "RateLimit-Policy"?: string;
                /**
                 * @description How many requests a window allows.
                 * @example 5
                 */
                readonly "RateLimit-Limit"?: string;
                /**
                 * @description How many requests are left in the current window.
                 * @example 0
                 */
                readonly "RateLimit-Remaining"?: string;
                /**
                 * @description In how many seconds the current window ends.
                 * @example 1
                 */
                readonly "RateLimit-Reset"?: string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:rate_limited",
                 *       "title": "Too many requests",
                 *       "status": 429,
                 *       "detail": "The limit is 5 requests per second.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "rate_limited"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:rate_limited",
                 *       "title": "Too many requests",
                 *       "status": 429,
                 *       "detail": "The limit is 5 requests per second.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "rate_limited"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the service (`internal_error`). The request id finds it in the log. */
        readonly InternalError: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:internal_error",
                 *       "title": "Something went wrong here",
                 *       "status": 500,
                 *       "detail": "Something went wrong on our side. The request id helps us to find out what.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "internal_error"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:internal_error",
                 *       "title": "Something went wrong here",
                 *       "status": 500,
                 *       "detail": "Something went wrong on our side. The request id helps us to find out what.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "internal_error"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The service cannot do this now: `repository_unavailable`, `overloaded` or `deadline_exceeded`, and nothing was
         *     changed; or `outcome_unknown`, after which a write may have happened. Wait as long as `Retry-After` says.
         */
        readonly Unavailable: {
            headers: {
                /**
                 * @description The id of this request, the client's own or a new one.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id": string;
                /**
                 * @description How many seconds to wait, at least, before trying again.
                 * @example 1
                 */
                readonly "Retry-After": string;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:repository_unavailable",
                 *       "title": "The database is away",
                 *       "status": 503,
                 *       "detail": "The database cannot be reached at the moment. Nothing was changed.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "repository_unavailable"
                 *     }
                 */
                readonly "application/json": components["schemas"]["Problem"];
                /**
                 * @example {
                 *       "type": "urn:problem:payments-api:repository_unavailable",
                 *       "title": "The database is away",
                 *       "status": 503,
                 *       "detail": "The database cannot be reached at the moment. Nothing was changed.",
                 *       "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
                 *       "code": "repository_unavailable"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description The payment's id, percent-encoded where it holds characters that a path cannot. Compared exactly, letter case
         *     included.
         *
         *     The ids `.` and `..` are valid, but browsers and most HTTP libraries take such a segment out of a URL, even
         *     percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths as they are, such as
         *     `curl --path-as-is`.
         * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
         */
        readonly PaymentId: string;
        /**
         * @description The version of the payment as the client knows it. Decimal digits only.
         * @example 0
         */
        readonly Version: number;
        /** @description How many payments to skip: a walk by offset. Leave it out, on the first page too, for a walk by cursor. */
        readonly From: number;
        /**
         * @description How many payments a page holds at most. The service's own greatest page (`--max-results`, 20 unless configured) is
         *     both what you get without `size` and the most you get: asking for more gives that many.
         * @example 10
         */
        readonly Size: number;
        /**
         * @deprecated
         * @description Use `size` instead. The place behind the last payment of the page, so that the page holds `to` − `from`
         *     payments; not positive is 400, and so is `to` together with `size`.
         */
        readonly To: number;
        /**
         * @description An opaque cursor. It comes from a link of an earlier answer and is not to be built or read; one that did not
         *     come from there is 400, and so is `after` together with `from`.
         */
        readonly After: string;
        /**
         * @description Only what belongs to this organisation. Compared exactly, letter case included.
         * @example 743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb
         */
        readonly OrganisationId: string;
        /** @description Where to continue: the `position` of a change, or what `links.next` holds. Anything else is a 400. */
        readonly ChangesAfter: string;
        /** @description Where to continue, as `links.next` of the page before has it. Anything else is a 400. */
        readonly VersionsAfter: string;
        /**
         * @description How many seconds to wait for a change where there is none yet. The response is sent at once when there is one, and
         *     with an empty page when the time is up or the service is stopped.
         * @example 0
         */
        readonly Wait: number;
        /**
         * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
         *     there is a response: the write is executed once.
         * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
         */
        readonly CreateKey: string;
        /**
         * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
         *     there is a response: the write is executed once.
         * @example c2c1a7f0-9d0b-4f0b-8a39-3a5a0f2f9f6e
         */
        readonly UpdateKey: string;
        /**
         * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
         *     there is a response: the write is executed once.
         * @example 5b0d9f5e-6c1e-4a55-9b8e-2f7f8d1c3a90
         */
        readonly DeleteKey: string;
        /**
         * @description The entity tags the client already has, or `*` for any (RFC 9110, 13.1.2). Answered by 304 when one of them is
         *     the payment's `ETag`, compared weakly.
         * @example "7"
         */
        readonly IfNoneMatch: string;
        /**
         * @description The entity tags the payment must still have one of, or `*` for any (RFC 9110, 13.1.1). Answered by 412 when it has
         *     none of them, compared strongly, so that a tag with `W/` never matches.
         * @example "0"
         */
        readonly IfMatch: string;
        /**
         * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
         *     refused.
         * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
         */
        readonly RequestId: string;
    };
    requestBodies: {
        /** @description The payment to create. `application/json`, a charset parameter and `+json` types are fine. */
        readonly CreatePayment: {
            readonly content: {
                /**
                 * @example {
                 *       "data": {
                 *         "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                 *         "type": "Payment",
                 *         "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                 *         "attributes": {
                 *           "amount": "100.21",
                 *           "currency": "GBP"
                 *         }
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreatePaymentRequest"];
            };
        };
        /** @description The payment as it shall be, with the version the change was made from. */
        readonly UpdatePayment: {
            readonly content: {
                /**
                 * @example {
                 *       "data": {
                 *         "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                 *         "version": 0,
                 *         "type": "Payment",
                 *         "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                 *         "attributes": {
                 *           "amount": "120.00",
                 *           "currency": "GBP"
                 *         }
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdatePaymentRequest"];
            };
        };
    };
    headers: {
        /**
         * @description The id of this request, the client's own or a new one.
         * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
         */
        readonly "X-Request-Id": string;
        /**
         * @description The payment's version in quotes, for `If-Match` and `If-None-Match`.
         * @example "0"
         */
        readonly ETag: string;
        /**
         * @description The absolute URL of the new payment.
         * @example http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
         */
        readonly Location: string;
        /**
         * @description A cache may keep the answer, and must ask before it uses it.
         * @example no-cache
         */
        readonly "Cache-Control": "no-cache";
        /**
         * @description There where the write was executed before, and this is its first response again.
         * @example true
         */
        readonly "Idempotent-Replayed": "true";
        /**
         * @description How to authenticate (RFC 6750).
         * @example Bearer realm="operators"
         */
        readonly "WWW-Authenticate": string;
        /**
         * @description How many seconds to wait, at least, before trying again.
         * @example 1
         */
        readonly "Retry-After": string;
        /**
         * @description What is left in the current window, and in how many seconds it ends (IETF draft, RateLimit headers).
         * @example "default";r=0;t=1
         */
        readonly RateLimit: string;
        /**
         * @description The limit, as a number of requests and a window in seconds.
         * @example "default";q=5;w=1
         */
        readonly "RateLimit-Policy": string;
        /**
         * @description How many requests a window allows.
         * @example 5
         */
        readonly "RateLimit-Limit": string;
        /**
         * @description How many requests are left in the current window.
         * @example 0
         */
        readonly "RateLimit-Remaining": string;
        /**
         * @description In how many seconds the current window ends.
         * @example 1
         */
        readonly "RateLimit-Reset": string;
    };
    pathItems: never;
}
export type PaymentAttributes = components['schemas']['PaymentAttributes'];
export type NewPayment = components['schemas']['NewPayment'];
export type Payment = components['schemas']['Payment'];
export type CreatePaymentRequest = components['schemas']['CreatePaymentRequest'];
export type UpdatePaymentRequest = components['schemas']['UpdatePaymentRequest'];
export type PaymentReply = components['schemas']['PaymentReply'];
export type PaymentList = components['schemas']['PaymentList'];
export type Change = components['schemas']['Change'];
export type ChangeList = components['schemas']['ChangeList'];
export type ChangeLinks = components['schemas']['ChangeLinks'];
export type Links = components['schemas']['Links'];
export type PageLinks = components['schemas']['PageLinks'];
export type Problem = components['schemas']['Problem'];
export type Fault = components['schemas']['Fault'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type RepoInfo = components['schemas']['RepoInfo'];
export type Health = components['schemas']['Health'];
export type ResponsePayment = components['responses']['Payment'];
export type ResponseUpdatedPayment = components['responses']['UpdatedPayment'];
export type ResponseChanges = components['responses']['Changes'];
export type ResponseDone = components['responses']['Done'];
export type ResponseBadRequest = components['responses']['BadRequest'];
export type ResponsePaymentNotFound = components['responses']['PaymentNotFound'];
export type ResponseEndpointDisabled = components['responses']['EndpointDisabled'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseIdempotencyKeyReused = components['responses']['IdempotencyKeyReused'];
export type ResponsePaymentExists = components['responses']['PaymentExists'];
export type ResponseVersionConflict = components['responses']['VersionConflict'];
export type ResponsePreconditionFailed = components['responses']['PreconditionFailed'];
export type ResponseBodyTooLarge = components['responses']['BodyTooLarge'];
export type ResponseUnsupportedMediaType = components['responses']['UnsupportedMediaType'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponseInternalError = components['responses']['InternalError'];
export type ResponseUnavailable = components['responses']['Unavailable'];
export type ParameterPaymentId = components['parameters']['PaymentId'];
export type ParameterVersion = components['parameters']['Version'];
export type ParameterFrom = components['parameters']['From'];
export type ParameterSize = components['parameters']['Size'];
export type ParameterTo = components['parameters']['To'];
export type ParameterAfter = components['parameters']['After'];
export type ParameterOrganisationId = components['parameters']['OrganisationId'];
export type ParameterChangesAfter = components['parameters']['ChangesAfter'];
export type ParameterVersionsAfter = components['parameters']['VersionsAfter'];
export type ParameterWait = components['parameters']['Wait'];
export type ParameterCreateKey = components['parameters']['CreateKey'];
export type ParameterUpdateKey = components['parameters']['UpdateKey'];
export type ParameterDeleteKey = components['parameters']['DeleteKey'];
export type ParameterIfNoneMatch = components['parameters']['IfNoneMatch'];
export type ParameterIfMatch = components['parameters']['IfMatch'];
export type ParameterRequestId = components['parameters']['RequestId'];
export type RequestBodyCreatePayment = components['requestBodies']['CreatePayment'];
export type RequestBodyUpdatePayment = components['requestBodies']['UpdatePayment'];
export type HeaderXRequestId = components['headers']['X-Request-Id'];
export type HeaderETag = components['headers']['ETag'];
export type HeaderLocation = components['headers']['Location'];
export type HeaderCacheControl = components['headers']['Cache-Control'];
export type HeaderIdempotentReplayed = components['headers']['Idempotent-Replayed'];
export type HeaderWwwAuthenticate = components['headers']['WWW-Authenticate'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type HeaderRateLimit = components['headers']['RateLimit'];
export type HeaderRateLimitPolicy = components['headers']['RateLimit-Policy'];
export type HeaderRateLimitLimit = components['headers']['RateLimit-Limit'];
export type HeaderRateLimitRemaining = components['headers']['RateLimit-Remaining'];
export type HeaderRateLimitReset = components['headers']['RateLimit-Reset'];
export type $defs = Record<string, never>;
export interface operations {
    readonly listPayments: {
        readonly parameters: {
            readonly query?: {
                /** @description How many payments to skip: a walk by offset. Leave it out, on the first page too, for a walk by cursor. */
                readonly from?: components["parameters"]["From"];
                /**
                 * @description How many payments a page holds at most. The service's own greatest page (`--max-results`, 20 unless configured) is
                 *     both what you get without `size` and the most you get: asking for more gives that many.
                 * @example 10
                 */
                readonly size?: components["parameters"]["Size"];
                /**
                 * @deprecated
                 * @description Use `size` instead. The place behind the last payment of the page, so that the page holds `to` − `from`
                 *     payments; not positive is 400, and so is `to` together with `size`.
                 */
                readonly to?: components["parameters"]["To"];
                /**
                 * @description An opaque cursor. It comes from a link of an earlier answer and is not to be built or read; one that did not
                 *     come from there is 400, and so is `after` together with `from`.
                 */
                readonly after?: components["parameters"]["After"];
                /**
                 * @description Only what belongs to this organisation. Compared exactly, letter case included.
                 * @example 743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb
                 */
                readonly organisation_id?: components["parameters"]["OrganisationId"];
            };
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of payments; an empty one when there are no more. */
            readonly 200: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                    /**
                     * @description A cache may keep the answer, and must ask before it uses it.
                     * @example no-cache
                     */
                    readonly "Cache-Control": "no-cache";
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                     *           "version": 0,
                     *           "type": "Payment",
                     *           "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                     *           "attributes": {
                     *             "amount": "100.21",
                     *             "currency": "GBP"
                     *           }
                     *         }
                     *       ],
                     *       "links": {
                     *         "self": "http://localhost:8080/v1/payments?size=1",
                     *         "next": "http://localhost:8080/v1/payments?after=MWEx&size=1"
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["PaymentList"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly createPayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
                 *     there is a response: the write is executed once.
                 * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
                 */
                readonly "Idempotency-Key"?: components["parameters"]["CreateKey"];
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: components["requestBodies"]["CreatePayment"];
        readonly responses: {
            /** @description The payment was created, and is durable. */
            readonly 201: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                    /**
                     * @description The payment's version in quotes, for `If-Match` and `If-None-Match`.
                     * @example "0"
                     */
                    readonly ETag: string;
                    /**
                     * @description The absolute URL of the new payment.
                     * @example http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
                     */
                    readonly Location: string;
                    /**
                     * @description A cache may keep the answer, and must ask before it uses it.
                     * @example no-cache
                     */
                    readonly "Cache-Control": "no-cache";
                    /**
                     * @description There where the write was executed before, and this is its first response again.
                     * @example true
                     */
                    readonly "Idempotent-Replayed"?: "true";
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                     *         "version": 0,
                     *         "type": "Payment",
                     *         "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                     *         "attributes": {
                     *           "amount": "100.21",
                     *           "currency": "GBP"
                     *         }
                     *       },
                     *       "links": {
                     *         "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["PaymentReply"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 409: components["responses"]["PaymentExists"];
            readonly 413: components["responses"]["BodyTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyKeyReused"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getPayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The entity tags the client already has, or `*` for any (RFC 9110, 13.1.2). Answered by 304 when one of them is
                 *     the payment's `ETag`, compared weakly.
                 * @example "7"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The payment's id, percent-encoded where it holds characters that a path cannot. Compared exactly, letter case
                 *     included.
                 *
                 *     The ids `.` and `..` are valid, but browsers and most HTTP libraries take such a segment out of a URL, even
                 *     percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths as they are, such as
                 *     `curl --path-as-is`.
                 * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
                 */
                readonly id: components["parameters"]["PaymentId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Payment"];
            /** @description The payment is still the one named by `If-None-Match`. */
            readonly 304: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                    /**
                     * @description The payment's version in quotes, for `If-Match` and `If-None-Match`.
                     * @example "0"
                     */
                    readonly ETag: string;
                    /**
                     * @description A cache may keep the answer, and must ask before it uses it.
                     * @example no-cache
                     */
                    readonly "Cache-Control": "no-cache";
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["PaymentNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly updatePayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The entity tags the payment must still have one of, or `*` for any (RFC 9110, 13.1.1). Answered by 412 when it has
                 *     none of them, compared strongly, so that a tag with `W/` never matches.
                 * @example "0"
                 */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
                 *     there is a response: the write is executed once.
                 * @example c2c1a7f0-9d0b-4f0b-8a39-3a5a0f2f9f6e
                 */
                readonly "Idempotency-Key"?: components["parameters"]["UpdateKey"];
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The payment's id, percent-encoded where it holds characters that a path cannot. Compared exactly, letter case
                 *     included.
                 *
                 *     The ids `.` and `..` are valid, but browsers and most HTTP libraries take such a segment out of a URL, even
                 *     percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths as they are, such as
                 *     `curl --path-as-is`.
                 * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
                 */
                readonly id: components["parameters"]["PaymentId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: components["requestBodies"]["UpdatePayment"];
        readonly responses: {
            readonly 200: components["responses"]["UpdatedPayment"];
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["PaymentNotFound"];
            readonly 409: components["responses"]["VersionConflict"];
            readonly 412: components["responses"]["PreconditionFailed"];
            readonly 413: components["responses"]["BodyTooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 422: components["responses"]["IdempotencyKeyReused"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly deletePayment: {
        readonly parameters: {
            readonly query: {
                /**
                 * @description The version of the payment as the client knows it. Decimal digits only.
                 * @example 0
                 */
                readonly version: components["parameters"]["Version"];
            };
            readonly header?: {
                /**
                 * @description The entity tags the payment must still have one of, or `*` for any (RFC 9110, 13.1.1). Answered by 412 when it has
                 *     none of them, compared strongly, so that a tag with `W/` never matches.
                 * @example "0"
                 */
                readonly "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description A key for this write, 1 to 255 visible ASCII characters, for example a UUID. Repeat the request with the same key until
                 *     there is a response: the write is executed once.
                 * @example 5b0d9f5e-6c1e-4a55-9b8e-2f7f8d1c3a90
                 */
                readonly "Idempotency-Key"?: components["parameters"]["DeleteKey"];
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The payment's id, percent-encoded where it holds characters that a path cannot. Compared exactly, letter case
                 *     included.
                 *
                 *     The ids `.` and `..` are valid, but browsers and most HTTP libraries take such a segment out of a URL, even
                 *     percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths as they are, such as
                 *     `curl --path-as-is`.
                 * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
                 */
                readonly id: components["parameters"]["PaymentId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Deleted, and durable. */
            readonly 204: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                    /**
                     * @description There where the write was executed before, and this is its first response again.
                     * @example true
                     */
                    readonly "Idempotent-Replayed"?: "true";
                };
                content?: never;
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["PaymentNotFound"];
            readonly 409: components["responses"]["VersionConflict"];
            readonly 412: components["responses"]["PreconditionFailed"];
            readonly 422: components["responses"]["IdempotencyKeyReused"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly listPaymentVersions: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description How many payments a page holds at most. The service's own greatest page (`--max-results`, 20 unless configured) is
                 *     both what you get without `size` and the most you get: asking for more gives that many.
                 * @example 10
                 */
                readonly size?: components["parameters"]["Size"];
                /** @description Where to continue, as `links.next` of the page before has it. Anything else is a 400. */
                readonly after?: components["parameters"]["VersionsAfter"];
            };
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The payment's id, percent-encoded where it holds characters that a path cannot. Compared exactly, letter case
                 *     included.
                 *
                 *     The ids `.` and `..` are valid, but browsers and most HTTP libraries take such a segment out of a URL, even
                 *     percent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths as they are, such as
                 *     `curl --path-as-is`.
                 * @example 4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43
                 */
                readonly id: components["parameters"]["PaymentId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Changes"];
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["PaymentNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly listChanges: {
        readonly parameters: {
            readonly query?: {
                /** @description Where to continue: the `position` of a change, or what `links.next` holds. Anything else is a 400. */
                readonly after?: components["parameters"]["ChangesAfter"];
                /**
                 * @description How many payments a page holds at most. The service's own greatest page (`--max-results`, 20 unless configured) is
                 *     both what you get without `size` and the most you get: asking for more gives that many.
                 * @example 10
                 */
                readonly size?: components["parameters"]["Size"];
                /**
                 * @description Only what belongs to this organisation. Compared exactly, letter case included.
                 * @example 743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb
                 */
                readonly organisation_id?: components["parameters"]["OrganisationId"];
                /**
                 * @description How many seconds to wait for a change where there is none yet. The response is sent at once when there is one, and
                 *     with an empty page when the time is up or the service is stopped.
                 * @example 0
                 */
                readonly wait?: components["parameters"]["Wait"];
            };
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Changes"];
            readonly 400: components["responses"]["BadRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getRepo: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What the repository holds. */
            readonly 200: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 42
                     *     }
                     */
                    readonly "application/json": components["schemas"]["RepoInfo"];
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 404: components["responses"]["EndpointDisabled"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly deleteRepo: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 204: components["responses"]["Done"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 404: components["responses"]["EndpointDisabled"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Payments can be served. */
            readonly 200: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "up"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly 500: components["responses"]["InternalError"];
            /** @description Payments cannot be served at the moment. */
            readonly 503: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "down"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    readonly getLiveness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The process answers. */
            readonly 200: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "up"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly 500: components["responses"]["InternalError"];
        };
    };
    readonly getMetrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description The client's own id of this request, a token of at most 128 characters. One that is not is replaced, never
                 *     refused.
                 * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The metrics as they are now. */
            readonly 200: {
                headers: {
                    /**
                     * @description The id of this request, the client's own or a new one.
                     * @example 0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11
                     */
                    readonly "X-Request-Id": string;
                };
                content: {
                    /**
                     * @example # HELP process_cpu_user_seconds_total Total user CPU time spent in seconds.
                     *     # TYPE process_cpu_user_seconds_total counter
                     *     process_cpu_user_seconds_total 0.125
                     */
                    readonly "text/plain": string;
                };
            };
            readonly 401: components["responses"]["Unauthorized"];
            readonly 404: components["responses"]["EndpointDisabled"];
            readonly 500: components["responses"]["InternalError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
}
