// @ts-nocheck: the type of OpenAPI documents has no extensions, this document has.
/**
 * Generated from refunds/openapi.yml (Refunds API 1.0.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

import type { Document } from 'openapi-backend';

/** The whole contract, for dispatching and for showing it to clients. */
export const definition: Document = {
  "openapi": "3.0.3",
  "info": {
    "title": "Refunds API",
    "version": "1.0.0",
    "license": {
      "name": "Apache-2.0",
      "url": "https://www.apache.org/licenses/LICENSE-2.0"
    },
    "description": "Refunds of payments: a second contract, served beside that of the payments. It takes what both have in common from there.\n"
  },
  "servers": [
    {
      "url": "http://localhost:8080"
    }
  ],
  "tags": [
    {
      "name": "refunds",
      "description": "Money given back. All refunds of a payment together never exceed its amount."
    }
  ],
  "paths": {
    "/v1/refunds": {
      "get": {
        "operationId": "listRefunds",
        "tags": [
          "refunds"
        ],
        "summary": "List refunds",
        "description": "Refunds in order of creation, a page at a time; `payment_id` restricts them to one payment.",
        "parameters": [
          {
            "name": "payment_id",
            "in": "query",
            "description": "Only refunds of this payment.",
            "schema": {
              "$ref": "#/components/schemas/Id"
            }
          },
          {
            "name": "size",
            "in": "query",
            "description": "The maximum number of refunds on a page.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 100,
              "default": 20
            }
          },
          {
            "name": "after",
            "in": "query",
            "description": "An opaque cursor from a link of an earlier response with the same filter. Anything else is a 400.\n",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 128
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of refunds.",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "data",
                    "links"
                  ],
                  "properties": {
                    "data": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/Refund"
                      }
                    },
                    "links": {
                      "type": "object",
                      "required": [
                        "self",
                        "next"
                      ],
                      "properties": {
                        "self": {
                          "type": "string",
                          "format": "uri"
                        },
                        "next": {
                          "type": "string",
                          "format": "uri"
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "additionalProperties": false
                }
              }
            }
          },
          "400": {
            "description": "The request violates the contract (`validation_failed`, with every error in `errors`), its body is not JSON\n(`malformed_json`), or it is malformed HTTP (`malformed_request`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "429": {
            "description": "Too many requests from this address (`rate_limited`). Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "500": {
            "description": "A defect of the service (`internal_error`). Report it with the request id.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "503": {
            "description": "`repository_unavailable`, `overloaded` or `deadline_exceeded`: nothing was changed. `outcome_unknown`: the write may have\nhappened. Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              },
              "Retry-After": {
                "description": "The minimum number of seconds to wait.",
                "required": true,
                "schema": {
                  "type": "string",
                  "pattern": "^[0-9]+$"
                },
                "example": "1"
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
        }
      },
      "post": {
        "operationId": "createRefund",
        "tags": [
          "refunds"
        ],
        "summary": "Refund a payment, or a part of it",
        "description": "The client chooses the id, which is unique for ever. The payment must exist, and what is left of its amount must\nsuffice: both are decided in the transaction that creates the refund.\n",
        "parameters": [
          {
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
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "data"
                ],
                "properties": {
                  "data": {
                    "$ref": "#/components/schemas/NewRefund"
                  }
                },
                "additionalProperties": false
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The refund was created, and is durable.",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
              "Idempotent-Replayed": {
                "description": "Present if the write was executed earlier. This response repeats the first one.",
                "schema": {
                  "type": "string",
                  "enum": [
                    "true"
                  ]
                },
                "example": "true"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundReply"
                }
              }
            }
          },
          "400": {
            "description": "The request violates the contract (`validation_failed`, with every error in `errors`), its body is not JSON\n(`malformed_json`), or it is malformed HTTP (`malformed_request`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "409": {
            "description": "The id is taken (`refund_exists`), there is no such payment (`refund_without_payment`), or it does not suffice\n(`amount_exceeded`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundProblem"
                }
              },
              "application/problem+json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundProblem"
                }
              }
            }
          },
          "413": {
            "description": "The body is larger than the service accepts, 1 MiB unless configured (`body_too_large`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "415": {
            "description": "`Content-Type` is not JSON, or the content coding is unknown (`unsupported_media_type`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "422": {
            "description": "The key was used for a request with another method, path or body (`idempotency_key_reused`). Nothing was changed.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "429": {
            "description": "Too many requests from this address (`rate_limited`). Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "500": {
            "description": "A defect of the service (`internal_error`). Report it with the request id.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "503": {
            "description": "`repository_unavailable`, `overloaded` or `deadline_exceeded`: nothing was changed. `outcome_unknown`: the write may have\nhappened. Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              },
              "Retry-After": {
                "description": "The minimum number of seconds to wait.",
                "required": true,
                "schema": {
                  "type": "string",
                  "pattern": "^[0-9]+$"
                },
                "example": "1"
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
        }
      }
    },
    "/v1/refunds/{id}": {
      "get": {
        "operationId": "getRefund",
        "tags": [
          "refunds"
        ],
        "summary": "Read a refund",
        "description": "A refund as it was created; refunds do not change.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "required": true,
            "description": "The refund's id, percent-encoded.",
            "schema": {
              "$ref": "#/components/schemas/Id"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The refund.",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundReply"
                }
              }
            }
          },
          "400": {
            "description": "The request violates the contract (`validation_failed`, with every error in `errors`), its body is not JSON\n(`malformed_json`), or it is malformed HTTP (`malformed_request`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "404": {
            "description": "There is no refund with this id (`refund_not_found`).",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundProblem"
                }
              },
              "application/problem+json": {
                "schema": {
                  "$ref": "#/components/schemas/RefundProblem"
                }
              }
            }
          },
          "429": {
            "description": "Too many requests from this address (`rate_limited`). Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "500": {
            "description": "A defect of the service (`internal_error`). Report it with the request id.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
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
          "503": {
            "description": "`repository_unavailable`, `overloaded` or `deadline_exceeded`: nothing was changed. `outcome_unknown`: the write may have\nhappened. Wait as long as `Retry-After` says.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id of this request, the client's or a new one.",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "example": "0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11"
              },
              "Retry-After": {
                "description": "The minimum number of seconds to wait.",
                "required": true,
                "schema": {
                  "type": "string",
                  "pattern": "^[0-9]+$"
                },
                "example": "1"
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
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Id": {
        "type": "string",
        "format": "well-formed",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[^\\S\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "x-detail": "must not be blank, and must not contain control characters or lone surrogates",
        "example": "4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43"
      },
      "NewRefund": {
        "type": "object",
        "required": [
          "id",
          "payment_id",
          "amount"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/Id"
          },
          "payment_id": {
            "$ref": "#/components/schemas/Id"
          },
          "amount": {
            "type": "string",
            "description": "In the payment's currency, in plain decimal notation.",
            "maxLength": 64,
            "pattern": "^(0*[1-9][0-9]*(\\.[0-9]+)?|0+\\.0*[1-9][0-9]*)$",
            "x-detail": "must be a decimal number greater than zero, written in digits, such as 100.21",
            "example": "10.05"
          }
        },
        "additionalProperties": false
      },
      "Refund": {
        "type": "object",
        "required": [
          "id",
          "payment_id",
          "amount"
        ],
        "properties": {
          "id": {
            "type": "string"
          },
          "payment_id": {
            "type": "string"
          },
          "amount": {
            "type": "string"
          }
        },
        "additionalProperties": false
      },
      "RefundReply": {
        "type": "object",
        "required": [
          "data",
          "links"
        ],
        "properties": {
          "data": {
            "$ref": "#/components/schemas/Refund"
          },
          "links": {
            "type": "object",
            "required": [
              "self"
            ],
            "properties": {
              "self": {
                "type": "string",
                "format": "uri"
              }
            },
            "additionalProperties": false
          }
        },
        "additionalProperties": false
      },
      "RefundProblem": {
        "type": "object",
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
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer"
          },
          "detail": {
            "type": "string"
          },
          "instance": {
            "type": "string"
          },
          "code": {
            "type": "string",
            "enum": [
              "refund_exists",
              "refund_not_found",
              "refund_without_payment",
              "amount_exceeded"
            ]
          }
        },
        "additionalProperties": false
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
      }
    }
  }
};
