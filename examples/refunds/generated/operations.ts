/**
 * Generated from refunds/openapi.yml (Refunds API 1.0.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

import type { operations as OperationTypes } from './types.js';
import { validators } from './validators.js';

export type OperationId = keyof OperationTypes;

/** Every operation of the contract, by its id, in the contract's order. */
export const operations = {
  "listRefunds": {
    operationId: "listRefunds",
    method: "get",
    path: "/v1/refunds",
    security: [],
    statuses: [200, 400, 429, 500, 503],
    parameters: {
      path: [],
      query: [
        {"name":"payment_id","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"size","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"maximum":100},"default":20},
        {"name":"after","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      header: [],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["listRefunds"],
  },
  "createRefund": {
    operationId: "createRefund",
    method: "post",
    path: "/v1/refunds",
    security: [],
    statuses: [201, 400, 409, 413, 415, 422, 429, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"idempotency-key","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: { required: true, content: [
      {"mediaType":"application/json","kind":"json","fields":[],"verbatim":[],"closed":{"":["data"],"/data":["id","payment_id","amount"]}},
    ] },
    replies: {
      201: {"headers":["X-Request-Id","Location"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      409: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      413: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      415: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      422: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["createRefund"],
  },
  "getRefund": {
    operationId: "getRefund",
    method: "get",
    path: "/v1/refunds/{id}",
    security: [],
    statuses: [200, 400, 404, 429, 500, 503],
    parameters: {
      path: [
        {"name":"id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      query: [],
      header: [],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getRefund"],
  },
} as const;

/** Where the credentials of each security scheme are. */
export const securitySchemes = {
} as const;

/** The headers that pages of other origins need to send and to read. */
export const corsHeaders = {
  "allowed": [
    "Content-Type",
    "Idempotency-Key"
  ],
  "exposed": [
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-Id"
  ]
} as const;
