// @ts-nocheck: the type of OpenAPI documents has no extensions, this document has.
/**
 * Generated from api/openapi.yml (Payments API 1.1.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

import type { Document } from 'openapi-backend';

/** The whole contract, for dispatching and for showing it to clients. */
export const definition: Document = {
  "openapi": "3.0.3",
  "info": {
    "title": "Payments API",
    "version": "1.1.0",
    "description": "Create, read, list, update and delete payments, and follow every change to them. The section `conventions` applies to\nevery operation.\n",
    "license": {
      "name": "Apache-2.0",
      "url": "https://www.apache.org/licenses/LICENSE-2.0"
    }
  },
  "servers": [
    {
      "url": "http://localhost:8080"
    }
  ],
  "security": [],
  "tags": [
    {
      "name": "payments",
      "description": "Amounts are strings in plain decimal notation. Every field of `attributes` is returned as it was sent, numbers digit\nfor digit.\n"
    },
    {
      "name": "changes",
      "description": "Every write that succeeded, in one order that is the same for all readers."
    },
    {
      "name": "admin",
      "description": "Count or delete everything that is stored. Only if the service was started with `--admin`."
    },
    {
      "name": "monitoring",
      "description": "For load balancers, orchestrators and Prometheus. Never rate limited."
    },
    {
      "name": "conventions",
      "description": "## Envelope\nA request sends `{\"data\": Payment}`. The response is `{\"data\": Payment, \"links\": {\"self\"}}`, or for a list\n`{\"data\": [Payment], \"links\": {\"self\", \"next\", \"prev\"?}}`. Links are absolute URLs: follow them unchanged. `links`\nin a request are ignored, so you can edit a response and send it back.\n\n## Errors\nEvery error is a `Problem` (RFC 9457). Decide by `code`, which is stable. `title` and `detail` are for people and may\nchange. `instance` is the request id. A 400 lists every invalid field in `errors`, with a pointer:\n`/data/attributes/amount` for the body, `/query/size`, `/path/id` and `/header/if-match` for the rest. The media type is\n`application/json`, or `application/problem+json` if `Accept` asks for it.\n\nAny operation may also return these:\n\n| status | code | when |\n| --- | --- | --- |\n| 400 | `malformed_request` | the HTTP request is malformed |\n| 404 | `route_not_found` | nothing is at this path |\n| 405 | `method_not_allowed` | the path has no such method; `Allow` lists those it has |\n| 408 | `request_timeout` | the request was not complete in time |\n| 417 | `expectation_failed` | `Expect` is not `100-continue` |\n| 431 | `headers_too_large` | the request line and headers are too large |\n\n## Retrying\n- After a 429 or 503 wait at least as long as `Retry-After` says, and longer each time, with jitter.\n- Reads can always be repeated. Writes can be repeated after any 503 except `outcome_unknown`: they did not happen.\n- After `outcome_unknown`, or if the connection broke before the response, repeat the write with the same\n  `Idempotency-Key`. Without a key it also takes effect only once, but a repeated create is a 409 `payment_exists`, a\n  repeated update or delete a 409 `version_conflict` or a 404.\n- Any other error recurs until you change the request.\n\n## Reading your own writes\nA service may read from standbys of its database, which may lack the latest changes. Then each response has a\n`Consistency-Token`. Send it with your next requests: their responses are not older. If you send several requests\nat once, collect the tokens of their responses and send them together, separated by commas; the token of a\nresponse to such a request replaces them. `latest` asks for the newest data. Without a token a read may be about a\nsecond old. Writes never depend on old data.\n\n## Request ids\nEvery response has an `X-Request-Id`: your own, if you send a token of at most 128 characters, or a new one. It is in\nevery log line of the request. Include it when you report a problem.\n\n## Rate limits\nA service may limit the requests of a client address. The `RateLimit` headers say what is left. Beyond the limit the\nresponse is a 429 with `Retry-After`. Health and metrics are not limited.\n\n## HEAD\n`HEAD` works wherever `GET` does: the same headers, no body.\n"
    }
  ],
  "paths": {
    "/v1/payments": {
      "get": {
        "operationId": "listPayments",
        "tags": [
          "payments"
        ],
        "summary": "List payments",
        "description": "One page of payments, in order of creation. Follow `links.next` and `links.prev`; do not build links yourself. The last\npage has `links.next` too: follow it later for new payments.\n\n- **By cursor**: start without `from`. Pages cost the same at any depth. Every payment that existed at the start, and was\n  not deleted meanwhile, is returned exactly once.\n- **By offset**: start with `from`. Pages get slower with depth, and shift when earlier payments are deleted.\n\n`size` with `to`, `after` with `from`, or a repeated parameter is a 400.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/From"
          },
          {
            "$ref": "#/components/parameters/Size"
          },
          {
            "$ref": "#/components/parameters/To"
          },
          {
            "$ref": "#/components/parameters/After"
          },
          {
            "$ref": "#/components/parameters/OrganisationId"
          },
          {
            "$ref": "#/components/parameters/ConsistencyToken"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "description": "A page of payments; empty if there are no more.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Consistency-Token": {
                "$ref": "#/components/headers/Consistency-Token"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/Cache-Control"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PaymentList"
                },
                "example": {
                  "data": [
                    {
                      "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                      "version": 0,
                      "type": "Payment",
                      "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                      "attributes": {
                        "amount": "100.21",
                        "currency": "GBP"
                      }
                    }
                  ],
                  "links": {
                    "self": "http://localhost:8080/v1/payments?size=1",
                    "next": "http://localhost:8080/v1/payments?after=a11-061sq7d&size=1"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      },
      "post": {
        "operationId": "createPayment",
        "tags": [
          "payments"
        ],
        "summary": "Create a payment",
        "description": "The client chooses the id. It is unique forever: the id of a deleted payment cannot be reused. Ids are case-sensitive.\nThe first version is 0. Of several concurrent creates of one id, exactly one is a 201.\n\nWith an `Idempotency-Key`, a create, update or delete can be repeated until there is a response. A write that\nsucceeded is not executed again: its first response is returned, with `Idempotent-Replayed: true`. Keys are kept\nforever. The same key with another method, path or body is a 422. Rejected and failed writes are not remembered.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/CreateKey"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/CreatePayment"
        },
        "responses": {
          "201": {
            "description": "The payment was created, and is durable.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Consistency-Token": {
                "$ref": "#/components/headers/Consistency-Token"
              },
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Location": {
                "$ref": "#/components/headers/Location"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/Cache-Control"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PaymentReply"
                },
                "example": {
                  "data": {
                    "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                    "version": 0,
                    "type": "Payment",
                    "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                    "attributes": {
                      "amount": "100.21",
                      "currency": "GBP"
                    }
                  },
                  "links": {
                    "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "409": {
            "$ref": "#/components/responses/PaymentExists"
          },
          "413": {
            "$ref": "#/components/responses/BodyTooLarge"
          },
          "415": {
            "$ref": "#/components/responses/UnsupportedMediaType"
          },
          "422": {
            "$ref": "#/components/responses/IdempotencyKeyReused"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    },
    "/v1/payments/{id}": {
      "get": {
        "operationId": "getPayment",
        "tags": [
          "payments"
        ],
        "summary": "Get a payment",
        "description": "The payment as it is now. Its `ETag` is its version in quotes, for example `\"3\"`. If `If-None-Match` names this version,\nthe response is a 304 without a body.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/PaymentId"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          },
          {
            "$ref": "#/components/parameters/ConsistencyToken"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/PaymentFound"
          },
          "304": {
            "description": "The payment still has a version named by `If-None-Match`.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Consistency-Token": {
                "$ref": "#/components/headers/Consistency-Token"
              },
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Cache-Control": {
                "$ref": "#/components/headers/Cache-Control"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/PaymentNotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      },
      "put": {
        "operationId": "updatePayment",
        "tags": [
          "payments"
        ],
        "summary": "Update a payment",
        "description": "Replaces `organisation_id` and `attributes` entirely. `data.id` must be the id of the path.\n\n`data.version` must be the stored version; the response has the next one. If another client was faster, the\nresponse is a 409 `version_conflict`, or with `If-Match` a 412: read the payment, apply the change again, and send it\nwith the new version. Of several concurrent updates from one version, exactly one is a 200.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/PaymentId"
          },
          {
            "$ref": "#/components/parameters/IfMatch"
          },
          {
            "$ref": "#/components/parameters/UpdateKey"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/UpdatePayment"
        },
        "responses": {
          "200": {
            "$ref": "#/components/responses/UpdatedPayment"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/PaymentNotFound"
          },
          "409": {
            "$ref": "#/components/responses/VersionConflict"
          },
          "412": {
            "$ref": "#/components/responses/PreconditionFailed"
          },
          "413": {
            "$ref": "#/components/responses/BodyTooLarge"
          },
          "415": {
            "$ref": "#/components/responses/UnsupportedMediaType"
          },
          "422": {
            "$ref": "#/components/responses/IdempotencyKeyReused"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      },
      "delete": {
        "operationId": "deletePayment",
        "tags": [
          "payments"
        ],
        "summary": "Delete a payment",
        "description": "Gets, lists and updates then respond as if the payment did not exist. Its versions and changes remain, and its id cannot\nbe reused. If `version` is not the stored version, the response is a 409 `version_conflict`.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/PaymentId"
          },
          {
            "$ref": "#/components/parameters/Version"
          },
          {
            "$ref": "#/components/parameters/IfMatch"
          },
          {
            "$ref": "#/components/parameters/DeleteKey"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "204": {
            "description": "Deleted, and durable.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Consistency-Token": {
                "$ref": "#/components/headers/Consistency-Token"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/PaymentNotFound"
          },
          "409": {
            "$ref": "#/components/responses/VersionConflict"
          },
          "412": {
            "$ref": "#/components/responses/PreconditionFailed"
          },
          "422": {
            "$ref": "#/components/responses/IdempotencyKeyReused"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    },
    "/v1/payments/{id}/versions": {
      "get": {
        "operationId": "listPaymentVersions",
        "tags": [
          "changes"
        ],
        "summary": "List the versions of a payment",
        "description": "The changes of one payment, in order, each with the payment after the write. They remain after the payment was deleted.\n`position` orders a change among those of all payments.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/PaymentId"
          },
          {
            "$ref": "#/components/parameters/Size"
          },
          {
            "$ref": "#/components/parameters/VersionsAfter"
          },
          {
            "$ref": "#/components/parameters/ConsistencyToken"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Changes"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/PaymentNotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    },
    "/v1/changes": {
      "get": {
        "operationId": "listChanges",
        "tags": [
          "changes"
        ],
        "summary": "List changes",
        "description": "Every write that succeeded, in commit order. Start without `after`, follow `links.next`, and store the `position` of\nthe last change that you have processed: you see every change exactly once, even after restarts and failovers. To continue\nafter a change, send its `position` as `after`. A change is visible as soon as its write is acknowledged.\n\nWith `wait` (a long poll) the response waits until there is a change.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/ChangesAfter"
          },
          {
            "$ref": "#/components/parameters/Size"
          },
          {
            "$ref": "#/components/parameters/OrganisationId"
          },
          {
            "$ref": "#/components/parameters/Wait"
          },
          {
            "$ref": "#/components/parameters/ConsistencyToken"
          },
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Changes"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    },
    "/admin/repo": {
      "get": {
        "operationId": "getRepo",
        "tags": [
          "admin"
        ],
        "summary": "Count the payments",
        "description": "The number of payments, without deleted ones.",
        "security": [
          {
            "operatorToken": []
          }
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "description": "The number of payments.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RepoInfo"
                },
                "example": {
                  "count": 42
                }
              }
            }
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/EndpointDisabled"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      },
      "delete": {
        "operationId": "deleteRepo",
        "tags": [
          "admin"
        ],
        "summary": "Delete everything",
        "description": "Deletes every payment, change and key. All ids are free again. For test environments.\n",
        "security": [
          {
            "operatorToken": []
          }
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "204": {
            "$ref": "#/components/responses/Done"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/EndpointDisabled"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    },
    "/health": {
      "get": {
        "operationId": "getHealth",
        "tags": [
          "monitoring"
        ],
        "summary": "Is the service ready?",
        "description": "Readiness: payments can be served. Send no requests while this fails.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "description": "Payments can be served.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                },
                "example": {
                  "status": "up"
                }
              }
            }
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "description": "Payments cannot be served.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                },
                "example": {
                  "status": "down"
                }
              }
            }
          }
        }
      }
    },
    "/health/live": {
      "get": {
        "operationId": "getLiveness",
        "tags": [
          "monitoring"
        ],
        "summary": "Is the process alive?",
        "description": "Liveness: the process responds, whatever the database does. Restart it when this fails, not when `/health` does.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "description": "The process responds.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                },
                "example": {
                  "status": "up"
                }
              }
            }
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          }
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "getMetrics",
        "tags": [
          "monitoring"
        ],
        "summary": "Metrics for Prometheus",
        "description": "In Prometheus's text format. Only if the service was started with `--metrics`.\n",
        "security": [
          {
            "operatorToken": []
          }
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/RequestId"
          }
        ],
        "responses": {
          "200": {
            "description": "The metrics as they are now.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                },
                "example": "# HELP process_cpu_user_seconds_total Total user CPU time spent in seconds.\n# TYPE process_cpu_user_seconds_total counter\nprocess_cpu_user_seconds_total 0.125\n"
              }
            }
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "404": {
            "$ref": "#/components/responses/EndpointDisabled"
          },
          "500": {
            "$ref": "#/components/responses/InternalError"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "operatorToken": {
        "type": "http",
        "scheme": "bearer",
        "x-optional": true,
        "description": "The token that the service was started with (`--admin-token`). Without one, every client that reaches the endpoint may use it."
      }
    },
    "parameters": {
      "PaymentId": {
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The payment's id, percent-encoded. It is case-sensitive.\n\nThe ids `.` and `..` are valid, but browsers and most HTTP libraries remove such a segment from a URL, even\npercent-encoded (URL standard, section 4.4). Choose others, or use a client that sends paths unchanged, such as\n`curl --path-as-is`.\n",
        "example": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
        "schema": {
          "type": "string",
          "format": "well-formed",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
          "x-detail": "must not be blank, and must not contain control characters or lone surrogates"
        }
      },
      "Version": {
        "name": "version",
        "in": "query",
        "required": true,
        "description": "The version of the payment that the client has read. Decimal digits only.",
        "example": 0,
        "schema": {
          "type": "integer",
          "format": "int64",
          "minimum": 0,
          "maximum": 9007199254740991
        }
      },
      "From": {
        "name": "from",
        "in": "query",
        "description": "The number of payments to skip. To page by cursor, leave it out on every page.\n",
        "schema": {
          "type": "integer",
          "format": "int64",
          "minimum": 0,
          "maximum": 9007199254740991
        }
      },
      "Size": {
        "name": "size",
        "in": "query",
        "description": "The page size. The default is also the maximum: 20, unless the service is configured otherwise (`--max-results`).\n",
        "example": 10,
        "schema": {
          "type": "integer",
          "minimum": 1,
          "x-saturates": true
        }
      },
      "To": {
        "name": "to",
        "in": "query",
        "deprecated": true,
        "description": "Use `size` instead. A page has `to` − `from` payments, which must be at least one.\n",
        "schema": {
          "type": "integer",
          "minimum": 1,
          "x-saturates": true
        }
      },
      "After": {
        "name": "after",
        "in": "query",
        "description": "An opaque cursor from a link of an earlier response with the same filter. Anything else is a 400.\n",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
        }
      },
      "OrganisationId": {
        "name": "organisation_id",
        "in": "query",
        "description": "Return only what belongs to this organisation. Case-sensitive.",
        "example": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
        "schema": {
          "type": "string",
          "format": "well-formed",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
          "x-detail": "must not be blank, and must not contain control characters or lone surrogates"
        }
      },
      "ChangesAfter": {
        "name": "after",
        "in": "query",
        "description": "Where to continue: the `position` of a change, or the value in `links.next`. Anything else is a 400.\n",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
        }
      },
      "VersionsAfter": {
        "name": "after",
        "in": "query",
        "description": "Where to continue: the value in `links.next` of the previous page. Anything else is a 400.\n",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
        }
      },
      "Wait": {
        "name": "wait",
        "in": "query",
        "description": "The number of seconds to wait for a change if there is none yet. When the time is up, the service stops, or too many clients wait, the page\nis empty.\n",
        "example": 0,
        "schema": {
          "type": "integer",
          "format": "int32",
          "minimum": 0,
          "maximum": 30
        }
      },
      "CreateKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is\nexecuted once.\n",
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[!-~]+$",
          "x-detail": "must be visible ASCII characters without spaces, and sent once"
        }
      },
      "UpdateKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is\nexecuted once.\n",
        "example": "c2c1a7f0-9d0b-4f0b-8a39-3a5a0f2f9f6e",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[!-~]+$",
          "x-detail": "must be visible ASCII characters without spaces, and sent once"
        }
      },
      "DeleteKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key for this write, for example a UUID. Repeat the request with the same key until there is a response: the write is\nexecuted once.\n",
        "example": "5b0d9f5e-6c1e-4a55-9b8e-2f7f8d1c3a90",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[!-~]+$",
          "x-detail": "must be visible ASCII characters without spaces, and sent once"
        }
      },
      "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "Entity tags that the client has, or `*` (RFC 9110, 13.1.2). If one matches the payment's, compared weakly, the response is a\n304.\n",
        "example": "\"7\"",
        "schema": {
          "type": "string",
          "pattern": "^[ \\t]*(\\*|(,[ \\t]*)*(W/)?\"[!#-~\\u0080-\\u00ff]*\"([ \\t]*,([ \\t]*(W/)?\"[!#-~\\u0080-\\u00ff]*\")?)*)[ \\t]*$",
          "x-detail": "must be * or a list of entity tags, such as \"0\""
        }
      },
      "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "Entity tags, one of which the payment must have, or `*` (RFC 9110, 13.1.1). If none matches, compared strongly, the response\nis a 412.\n",
        "example": "\"0\"",
        "schema": {
          "type": "string",
          "pattern": "^[ \\t]*(\\*|(,[ \\t]*)*(W/)?\"[!#-~\\u0080-\\u00ff]*\"([ \\t]*,([ \\t]*(W/)?\"[!#-~\\u0080-\\u00ff]*\")?)*)[ \\t]*$",
          "x-detail": "must be * or a list of entity tags, such as \"0\""
        }
      },
      "ConsistencyToken": {
        "name": "Consistency-Token",
        "in": "header",
        "description": "Tokens of earlier responses: this response is not older. `latest` asks for the newest data. The section `conventions` has the details.\n",
        "example": "latest",
        "schema": {
          "type": "string",
          "maxLength": 1000,
          "pattern": "^[0-9a-z-]{1,40}([ \\t]*,[ \\t]*[0-9a-z-]{1,40})*$",
          "x-detail": "must be tokens that were sent by this service, separated by commas"
        }
      },
      "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "The client's own id for this request, a token of at most 128 characters. Anything else is replaced.\n",
        "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
        "schema": {
          "type": "string"
        }
      }
    },
    "requestBodies": {
      "CreatePayment": {
        "description": "The payment to create. A charset parameter and `+json` types are accepted too.",
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/CreatePaymentRequest"
            },
            "example": {
              "data": {
                "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                "type": "Payment",
                "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                "attributes": {
                  "amount": "100.21",
                  "currency": "GBP"
                }
              }
            }
          }
        }
      },
      "UpdatePayment": {
        "description": "The whole payment, with the version it was made from.",
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/UpdatePaymentRequest"
            },
            "example": {
              "data": {
                "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                "version": 0,
                "type": "Payment",
                "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                "attributes": {
                  "amount": "120.00",
                  "currency": "GBP"
                }
              }
            }
          }
        }
      }
    },
    "headers": {
      "X-Request-Id": {
        "description": "The id of this request, the client's or a new one.",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
      },
      "Consistency-Token": {
        "description": "Send it with your next requests: their responses are not older than this one. Only if the service reads from standbys.\n",
        "schema": {
          "type": "string"
        },
        "example": "4711-1764160000123456"
      },
      "ETag": {
        "description": "The payment's version in quotes, for `If-Match` and `If-None-Match`.",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "\"0\""
      },
      "Location": {
        "description": "The absolute URL of the new payment.",
        "required": true,
        "schema": {
          "type": "string",
          "format": "uri"
        },
        "example": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
      },
      "Cache-Control": {
        "description": "A cache may store the response, and must revalidate it.",
        "required": true,
        "schema": {
          "type": "string",
          "enum": [
            "no-cache"
          ]
        },
        "example": "no-cache"
      },
      "Idempotent-Replayed": {
        "description": "Present if the write was executed earlier. This response repeats the first one.",
        "schema": {
          "type": "string",
          "enum": [
            "true"
          ]
        },
        "example": "true"
      },
      "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "Bearer"
      },
      "Retry-After": {
        "description": "The minimum number of seconds to wait.",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^[0-9]+$"
        },
        "example": "1"
      },
      "RateLimit": {
        "description": "The requests left in the current window, and the seconds until it ends (IETF draft, RateLimit headers).",
        "schema": {
          "type": "string"
        },
        "example": "\"default\";r=0;t=1"
      },
      "RateLimit-Policy": {
        "description": "The limit, as a number of requests and a window in seconds.",
        "schema": {
          "type": "string"
        },
        "example": "\"default\";q=5;w=1"
      },
      "RateLimit-Limit": {
        "description": "The number of requests that a window allows.",
        "schema": {
          "type": "string"
        },
        "example": "5"
      },
      "RateLimit-Remaining": {
        "description": "The number of requests left in the current window.",
        "schema": {
          "type": "string"
        },
        "example": "0"
      },
      "RateLimit-Reset": {
        "description": "The number of seconds until the current window ends.",
        "schema": {
          "type": "string"
        },
        "example": "1"
      }
    },
    "responses": {
      "PaymentFound": {
        "description": "The payment as it is now.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "Consistency-Token": {
            "$ref": "#/components/headers/Consistency-Token"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Cache-Control"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/PaymentReply"
            },
            "example": {
              "data": {
                "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                "version": 0,
                "type": "Payment",
                "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                "attributes": {
                  "amount": "100.21",
                  "currency": "GBP"
                }
              },
              "links": {
                "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
              }
            }
          }
        }
      },
      "UpdatedPayment": {
        "description": "The payment as it is after the update.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "Consistency-Token": {
            "$ref": "#/components/headers/Consistency-Token"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Cache-Control"
          },
          "Idempotent-Replayed": {
            "$ref": "#/components/headers/Idempotent-Replayed"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/PaymentReply"
            },
            "example": {
              "data": {
                "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                "version": 1,
                "type": "Payment",
                "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                "attributes": {
                  "amount": "120.00",
                  "currency": "GBP"
                }
              },
              "links": {
                "self": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
              }
            }
          }
        }
      },
      "Changes": {
        "description": "A page of changes; empty if there are no more yet.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "Consistency-Token": {
            "$ref": "#/components/headers/Consistency-Token"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Cache-Control"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ChangeList"
            },
            "example": {
              "data": [
                {
                  "position": "a1-0e9q4k4",
                  "kind": "created",
                  "at": "2026-01-31T09:30:00.000Z",
                  "payment": {
                    "id": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43",
                    "version": 0,
                    "type": "Payment",
                    "organisation_id": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb",
                    "attributes": {
                      "amount": "100.21",
                      "currency": "GBP"
                    }
                  }
                }
              ],
              "links": {
                "self": "http://localhost:8080/v1/changes?size=1",
                "next": "http://localhost:8080/v1/changes?after=a1-0e9q4k4&size=1"
              }
            }
          }
        }
      },
      "Done": {
        "description": "Done, and durable.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        }
      },
      "BadRequest": {
        "description": "The request violates the contract (`validation_failed`, with every error in `errors`), its body is not JSON\n(`malformed_json`), or it is malformed HTTP (`malformed_request`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:validation_failed",
              "title": "The request violates the contract",
              "status": 400,
              "detail": "/data/attributes/amount must be a decimal number greater than zero, written in digits, such as 100.21; 1 more error.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "validation_failed",
              "errors": [
                {
                  "pointer": "/data/attributes/amount",
                  "detail": "must be a decimal number greater than zero, written in digits, such as 100.21"
                },
                {
                  "pointer": "/data/organisation_id",
                  "detail": "is required"
                }
              ]
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:validation_failed",
              "title": "The request violates the contract",
              "status": 400,
              "detail": "/data/attributes/amount must be a decimal number greater than zero, written in digits, such as 100.21; 1 more error.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "validation_failed",
              "errors": [
                {
                  "pointer": "/data/attributes/amount",
                  "detail": "must be a decimal number greater than zero, written in digits, such as 100.21"
                },
                {
                  "pointer": "/data/organisation_id",
                  "detail": "is required"
                }
              ]
            }
          }
        }
      },
      "Unauthorized": {
        "description": "The operators' token is missing or invalid (`unauthorized`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "WWW-Authenticate": {
            "$ref": "#/components/headers/WWW-Authenticate"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:unauthorized",
              "title": "Credentials are missing or invalid",
              "status": 401,
              "detail": "The credentials are missing or invalid; WWW-Authenticate says which are required.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "unauthorized"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:unauthorized",
              "title": "Credentials are missing or invalid",
              "status": 401,
              "detail": "The credentials are missing or invalid; WWW-Authenticate says which are required.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "unauthorized"
            }
          }
        }
      },
      "PaymentNotFound": {
        "description": "There is no payment with this id, or it was deleted (`payment_not_found`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:payment_not_found",
              "title": "No such payment",
              "status": 404,
              "detail": "There is no payment with this id, or it was deleted.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "payment_not_found"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:payment_not_found",
              "title": "No such payment",
              "status": 404,
              "detail": "There is no payment with this id, or it was deleted.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "payment_not_found"
            }
          }
        }
      },
      "EndpointDisabled": {
        "description": "The service was started without this endpoint (`endpoint_disabled`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:endpoint_disabled",
              "title": "This endpoint is switched off",
              "status": 404,
              "detail": "The admin endpoints are switched off; --admin switches them on.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "endpoint_disabled"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:endpoint_disabled",
              "title": "This endpoint is switched off",
              "status": 404,
              "detail": "The admin endpoints are switched off; --admin switches them on.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "endpoint_disabled"
            }
          }
        }
      },
      "IdempotencyKeyReused": {
        "description": "The key was used for a request with another method, path or body (`idempotency_key_reused`). Nothing was changed.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:idempotency_key_reused",
              "title": "The idempotency key belongs to another request",
              "status": 422,
              "detail": "The key was used for a request with another method, path or body.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "idempotency_key_reused",
              "errors": [
                {
                  "pointer": "/header/idempotency-key",
                  "detail": "was used for another request"
                }
              ]
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:idempotency_key_reused",
              "title": "The idempotency key belongs to another request",
              "status": 422,
              "detail": "The key was used for a request with another method, path or body.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "idempotency_key_reused",
              "errors": [
                {
                  "pointer": "/header/idempotency-key",
                  "detail": "was used for another request"
                }
              ]
            }
          }
        }
      },
      "PaymentExists": {
        "description": "The id is or was that of another payment (`payment_exists`). Read that payment, or choose another id.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:payment_exists",
              "title": "The id is taken",
              "status": 409,
              "detail": "A payment with this id exists, or existed. Ids are never reused.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "payment_exists"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:payment_exists",
              "title": "The id is taken",
              "status": 409,
              "detail": "A payment with this id exists, or existed. Ids are never reused.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "payment_exists"
            }
          }
        }
      },
      "VersionConflict": {
        "description": "The payment has another version (`version_conflict`). Read it, and apply the change again.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:version_conflict",
              "title": "The payment has another version",
              "status": 409,
              "detail": "The payment is at version 3, not 2.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "version_conflict"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:version_conflict",
              "title": "The payment has another version",
              "status": 409,
              "detail": "The payment is at version 3, not 2.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "version_conflict"
            }
          }
        }
      },
      "PreconditionFailed": {
        "description": "`If-Match` does not match (`precondition_failed`). Read the payment again.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:precondition_failed",
              "title": "A precondition failed",
              "status": 412,
              "detail": "If-Match does not match: the payment's ETag is \"3\".",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "precondition_failed"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:precondition_failed",
              "title": "A precondition failed",
              "status": 412,
              "detail": "If-Match does not match: the payment's ETag is \"3\".",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "precondition_failed"
            }
          }
        }
      },
      "BodyTooLarge": {
        "description": "The body is larger than the service accepts, 1 MiB unless configured (`body_too_large`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:body_too_large",
              "title": "The body is too large",
              "status": 413,
              "detail": "The body is larger than 1048576 bytes.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "body_too_large"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:body_too_large",
              "title": "The body is too large",
              "status": 413,
              "detail": "The body is larger than 1048576 bytes.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "body_too_large"
            }
          }
        }
      },
      "UnsupportedMediaType": {
        "description": "`Content-Type` is not JSON, or the content coding is unknown (`unsupported_media_type`).\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:unsupported_media_type",
              "title": "The media type is not supported",
              "status": 415,
              "detail": "The body must be application/json, not \"text/plain\".",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "unsupported_media_type"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:unsupported_media_type",
              "title": "The media type is not supported",
              "status": 415,
              "detail": "The body must be application/json, not \"text/plain\".",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "unsupported_media_type"
            }
          }
        }
      },
      "RateLimited": {
        "description": "Too many requests from this address (`rate_limited`). Wait as long as `Retry-After` says.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "Retry-After": {
            "$ref": "#/components/headers/Retry-After"
          },
          "RateLimit": {
            "$ref": "#/components/headers/RateLimit"
          },
          "RateLimit-Policy": {
            "$ref": "#/components/headers/RateLimit-Policy"
          },
          "RateLimit-Limit": {
            "$ref": "#/components/headers/RateLimit-Limit"
          },
          "RateLimit-Remaining": {
            "$ref": "#/components/headers/RateLimit-Remaining"
          },
          "RateLimit-Reset": {
            "$ref": "#/components/headers/RateLimit-Reset"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:rate_limited",
              "title": "Too many requests",
              "status": 429,
              "detail": "The limit is 5 requests. Try again in 1 s.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "rate_limited"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:rate_limited",
              "title": "Too many requests",
              "status": 429,
              "detail": "The limit is 5 requests. Try again in 1 s.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "rate_limited"
            }
          }
        }
      },
      "InternalError": {
        "description": "A defect of the service (`internal_error`). Report it with the request id.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:internal_error",
              "title": "Internal error",
              "status": 500,
              "detail": "The service failed; its log has the cause under the request id.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "internal_error"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:internal_error",
              "title": "Internal error",
              "status": 500,
              "detail": "The service failed; its log has the cause under the request id.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "internal_error"
            }
          }
        }
      },
      "Unavailable": {
        "description": "`repository_unavailable`, `overloaded` or `deadline_exceeded`: nothing was changed. `outcome_unknown`: the write may have\nhappened. Wait as long as `Retry-After` says.\n",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/X-Request-Id"
          },
          "Retry-After": {
            "$ref": "#/components/headers/Retry-After"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:repository_unavailable",
              "title": "The database is unreachable",
              "status": 503,
              "detail": "The database cannot serve this request now; nothing was changed. Try again.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "repository_unavailable"
            }
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:problem:payments-api:repository_unavailable",
              "title": "The database is unreachable",
              "status": 503,
              "detail": "The database cannot serve this request now; nothing was changed. Try again.",
              "instance": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11",
              "code": "repository_unavailable"
            }
          }
        }
      }
    },
    "schemas": {
      "PaymentAttributes": {
        "type": "object",
        "description": "The service knows only `amount`. Everything else is kept as it was sent.",
        "x-verbatim": true,
        "required": [
          "amount"
        ],
        "properties": {
          "amount": {
            "type": "string",
            "description": "A decimal number greater than zero, in digits, without sign or exponent. Leading zeros are kept.\n",
            "maxLength": 64,
            "pattern": "^(0*[1-9][0-9]*(\\.[0-9]+)?|0+\\.0*[1-9][0-9]*)$",
            "x-detail": "must be a decimal number greater than zero, written in digits, such as 100.21",
            "example": "100.21"
          }
        },
        "additionalProperties": true,
        "example": {
          "amount": "100.21",
          "currency": "GBP"
        }
      },
      "PaymentInput": {
        "type": "object",
        "description": "A payment to be created.",
        "required": [
          "id",
          "type",
          "organisation_id",
          "attributes"
        ],
        "properties": {
          "id": {
            "type": "string",
            "format": "well-formed",
            "description": "Chosen by the client, unique forever. 1 to 255 Unicode characters, not blank, no control characters.\n",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
            "x-detail": "must not be blank, and must not contain control characters or lone surrogates",
            "example": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
          },
          "version": {
            "type": "integer",
            "format": "int64",
            "description": "Accepted and ignored; a new payment is at version 0.",
            "minimum": 0,
            "maximum": 9007199254740991,
            "example": 0
          },
          "type": {
            "type": "string",
            "description": "Always `Payment`.",
            "enum": [
              "Payment"
            ],
            "example": "Payment"
          },
          "organisation_id": {
            "type": "string",
            "format": "well-formed",
            "description": "The organisation that owns the payment. 1 to 255 Unicode characters, not blank, no control characters.",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
            "x-detail": "must not be blank, and must not contain control characters or lone surrogates",
            "example": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb"
          },
          "attributes": {
            "$ref": "#/components/schemas/PaymentAttributes"
          }
        },
        "additionalProperties": false
      },
      "NewPayment": {
        "$ref": "#/components/schemas/PaymentInput"
      },
      "Payment": {
        "type": "object",
        "description": "A payment.",
        "required": [
          "id",
          "version",
          "type",
          "organisation_id",
          "attributes"
        ],
        "properties": {
          "id": {
            "type": "string",
            "format": "well-formed",
            "description": "Chosen by the client, unique forever. 1 to 255 Unicode characters, not blank, no control characters.\n",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
            "x-detail": "must not be blank, and must not contain control characters or lone surrogates",
            "example": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
          },
          "version": {
            "type": "integer",
            "format": "int64",
            "description": "Set by the server, 0 on create, and incremented by each update.",
            "minimum": 0,
            "maximum": 9007199254740991,
            "example": 0
          },
          "type": {
            "type": "string",
            "description": "Always `Payment`.",
            "enum": [
              "Payment"
            ],
            "example": "Payment"
          },
          "organisation_id": {
            "type": "string",
            "format": "well-formed",
            "description": "The organisation that owns the payment. 1 to 255 Unicode characters, not blank, no control characters.",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
            "x-detail": "must not be blank, and must not contain control characters or lone surrogates",
            "example": "743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb"
          },
          "attributes": {
            "$ref": "#/components/schemas/PaymentAttributes"
          }
        },
        "additionalProperties": false
      },
      "CreatePaymentRequest": {
        "type": "object",
        "required": [
          "data"
        ],
        "properties": {
          "data": {
            "$ref": "#/components/schemas/PaymentInput"
          },
          "links": {
            "type": "object",
            "description": "Ignored; allowed so that a response can be sent back.",
            "additionalProperties": true
          }
        },
        "additionalProperties": false
      },
      "UpdatePaymentRequest": {
        "type": "object",
        "required": [
          "data"
        ],
        "properties": {
          "data": {
            "$ref": "#/components/schemas/Payment"
          },
          "links": {
            "type": "object",
            "description": "Ignored; allowed so that a response can be sent back.",
            "additionalProperties": true
          }
        },
        "additionalProperties": false
      },
      "PaymentReply": {
        "type": "object",
        "description": "A payment and its URL.",
        "required": [
          "data",
          "links"
        ],
        "properties": {
          "data": {
            "$ref": "#/components/schemas/Payment"
          },
          "links": {
            "$ref": "#/components/schemas/Links"
          }
        },
        "additionalProperties": false
      },
      "PaymentList": {
        "type": "object",
        "description": "A page of payments, in order of creation.",
        "required": [
          "data",
          "links"
        ],
        "properties": {
          "data": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Payment"
            }
          },
          "links": {
            "$ref": "#/components/schemas/PageLinks"
          }
        },
        "additionalProperties": false
      },
      "Change": {
        "type": "object",
        "description": "One write that succeeded.",
        "required": [
          "position",
          "kind",
          "at",
          "payment"
        ],
        "properties": {
          "position": {
            "type": "string",
            "description": "The position in the order of all changes. Opaque; send it as `after` to continue from here.",
            "example": "a1-0e9q4k4"
          },
          "kind": {
            "type": "string",
            "description": "What the write did.",
            "enum": [
              "created",
              "updated",
              "deleted"
            ],
            "example": "created"
          },
          "at": {
            "type": "string",
            "format": "date-time",
            "description": "The time of the write, in UTC. It never decreases from one change to the next.",
            "example": "2026-01-31T09:30:00.000Z"
          },
          "baseline": {
            "type": "boolean",
            "description": "Present, and true, if the change stands for everything that happened to a payment before changes were recorded.\n",
            "example": true
          },
          "payment": {
            "$ref": "#/components/schemas/Payment"
          }
        },
        "additionalProperties": false
      },
      "ChangeList": {
        "type": "object",
        "description": "A page of changes, in order.",
        "required": [
          "data",
          "links"
        ],
        "properties": {
          "data": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Change"
            }
          },
          "links": {
            "$ref": "#/components/schemas/ChangeLinks"
          }
        },
        "additionalProperties": false
      },
      "ChangeLinks": {
        "type": "object",
        "required": [
          "self",
          "next"
        ],
        "properties": {
          "self": {
            "type": "string",
            "format": "uri",
            "description": "The absolute URL of this page.",
            "example": "http://localhost:8080/v1/changes?size=10"
          },
          "next": {
            "type": "string",
            "format": "uri",
            "description": "The next page. The last page has this link too, to look for more later.",
            "example": "http://localhost:8080/v1/changes?after=a1-0e9q4k4&size=10"
          }
        },
        "additionalProperties": false
      },
      "Links": {
        "type": "object",
        "required": [
          "self"
        ],
        "properties": {
          "self": {
            "type": "string",
            "format": "uri",
            "description": "The absolute URL of this payment.",
            "example": "http://localhost:8080/v1/payments/4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
          }
        },
        "additionalProperties": false
      },
      "PageLinks": {
        "type": "object",
        "required": [
          "self",
          "next"
        ],
        "properties": {
          "self": {
            "type": "string",
            "format": "uri",
            "description": "The absolute URL of this page.",
            "example": "http://localhost:8080/v1/payments?size=10"
          },
          "next": {
            "type": "string",
            "format": "uri",
            "description": "The next page. The last page has this link too, to look for more later.",
            "example": "http://localhost:8080/v1/payments?after=a11-061sq7d&size=10"
          },
          "prev": {
            "type": "string",
            "format": "uri",
            "description": "The previous page, in the same order, if there is one.",
            "example": "http://localhost:8080/v1/payments?after=b11-1ylaew0&size=10"
          }
        },
        "additionalProperties": false
      },
      "Problem": {
        "type": "object",
        "description": "An error: the fields of RFC 9457, and a code for programs.",
        "required": [
          "type",
          "title",
          "status",
          "detail",
          "instance",
          "code"
        ],
        "properties": {
          "type": {
            "type": "string",
            "format": "uri",
            "description": "The kind of problem, as a URI made from the code.",
            "example": "urn:problem:payments-api:validation_failed"
          },
          "title": {
            "type": "string",
            "description": "The kind of problem in a few words; the same for every problem of its kind.",
            "example": "The request violates the contract"
          },
          "status": {
            "type": "integer",
            "format": "int32",
            "description": "The HTTP status of this response.",
            "minimum": 400,
            "maximum": 599,
            "example": 400
          },
          "detail": {
            "type": "string",
            "description": "What happened this time, for people.",
            "example": "/data/attributes/amount must be a decimal number greater than zero, written in digits, such as 100.21; 1 more error."
          },
          "instance": {
            "type": "string",
            "description": "The id of the request, as in `X-Request-Id`.",
            "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
          },
          "code": {
            "type": "string",
            "description": "What went wrong, for programs: a code that `ErrorCode` lists, or that a later version adds.\n",
            "x-open-enum": {
              "$ref": "#/components/schemas/ErrorCode"
            },
            "example": "validation_failed"
          },
          "errors": {
            "type": "array",
            "description": "Every error of the request. Present with a 400 or 422.",
            "items": {
              "$ref": "#/components/schemas/Fault"
            }
          }
        }
      },
      "Fault": {
        "type": "object",
        "description": "One error of a request.",
        "required": [
          "pointer",
          "detail"
        ],
        "properties": {
          "pointer": {
            "type": "string",
            "description": "Where the error is, as a JSON pointer: into the body, or `/query/…`, `/path/…`, `/header/…` and the name.\n",
            "example": "/data/attributes/amount"
          },
          "detail": {
            "type": "string",
            "description": "The rule that is broken, for people.",
            "example": "must be a decimal number greater than zero, written in digits"
          }
        },
        "additionalProperties": false
      },
      "ErrorCode": {
        "type": "string",
        "description": "What went wrong, for programs. Codes are never renamed, and new ones may be added: treat an unknown code by its\nstatus.\n\n| code | status | meaning, and what to do |\n| --- | --- | --- |\n| `validation_failed` | 400 | The request breaks a rule of this contract; `errors` lists every error. Correct the request. |\n| `malformed_json` | 400 | The body is not JSON in UTF-8, has a duplicate property, or is nested too deeply. Correct the request. |\n| `malformed_request` | 400 | The request or its path is malformed. Correct it. |\n| `unauthorized` | 401 | The credentials are missing or invalid. Send those that `WWW-Authenticate` names. |\n| `payment_not_found` | 404 | There is no payment with this id, or it was deleted. Nothing to retry. |\n| `route_not_found` | 404 | There is nothing at this path. Correct the URL. |\n| `endpoint_disabled` | 404 | The service was started without this endpoint. Ask its operator. |\n| `method_not_allowed` | 405 | The path has no such method. Use one that `Allow` lists. |\n| `request_timeout` | 408 | The request was not complete in time. Nothing was changed; send it again. |\n| `payment_exists` | 409 | The id is or was that of another payment. Read that payment, or choose another id. |\n| `version_conflict` | 409 | The payment has another version. Read it, apply the change again, and send it with the new version. |\n| `precondition_failed` | 412 | `If-Match` does not match. Read the payment, and apply the change again. |\n| `body_too_large` | 413 | The body is larger than the service accepts. Send less. |\n| `unsupported_media_type` | 415 | `Content-Type` is not JSON. Send `application/json`. |\n| `expectation_failed` | 417 | `Expect` is not `100-continue`. Leave it out. |\n| `idempotency_key_reused` | 422 | The key was used for another request. Use a new key for each write. |\n| `rate_limited` | 429 | Too many requests. Wait as long as `Retry-After` says, then repeat. |\n| `headers_too_large` | 431 | The request line and headers together are too large. Send less. |\n| `internal_error` | 500 | A defect of the service. Report it with the request id. |\n| `repository_unavailable` | 503 | The database is unreachable; nothing was changed. Repeat after `Retry-After`. |\n| `overloaded` | 503 | Too many requests are waiting; nothing was changed. Repeat after `Retry-After`, more slowly. |\n| `deadline_exceeded` | 503 | The request timed out before the work began; nothing was changed. Repeat after `Retry-After`. |\n| `outcome_unknown` | 503 | The database became unreachable during a write, which may have happened. Repeat it with its key, or read the payment first. |\n",
        "x-open-enum": true,
        "enum": [
          "validation_failed",
          "malformed_json",
          "unauthorized",
          "payment_not_found",
          "route_not_found",
          "endpoint_disabled",
          "method_not_allowed",
          "request_timeout",
          "payment_exists",
          "version_conflict",
          "precondition_failed",
          "body_too_large",
          "unsupported_media_type",
          "expectation_failed",
          "idempotency_key_reused",
          "rate_limited",
          "headers_too_large",
          "malformed_request",
          "internal_error",
          "repository_unavailable",
          "overloaded",
          "deadline_exceeded",
          "outcome_unknown"
        ],
        "example": "validation_failed"
      },
      "RepoInfo": {
        "type": "object",
        "description": "What the service stores.",
        "required": [
          "count"
        ],
        "properties": {
          "count": {
            "type": "integer",
            "format": "int64",
            "description": "The number of payments, without deleted ones.",
            "minimum": 0,
            "example": 42
          }
        },
        "additionalProperties": false
      },
      "Health": {
        "type": "object",
        "description": "Whether the service can serve payments.",
        "required": [
          "status"
        ],
        "properties": {
          "status": {
            "type": "string",
            "enum": [
              "up",
              "down"
            ],
            "example": "up"
          }
        },
        "additionalProperties": false
      }
    }
  }
};
