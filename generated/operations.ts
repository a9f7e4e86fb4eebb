/**
 * Generated from api/openapi.yml (Payments API 1.1.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

import type { operations as OperationTypes } from './types.js';
import { validators } from './validators.js';

export type OperationId = keyof OperationTypes;

/** Every operation of the contract, by its id, in the contract's order. */
export const operations = {
  "listPayments": {
    operationId: "listPayments",
    method: "get",
    path: "/v1/payments",
    security: [],
    statuses: [200, 400, 429, 500, 503],
    parameters: {
      path: [],
      query: [
        {"name":"from","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"maximum":9007199254740991}},
        {"name":"size","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"saturates":true}},
        {"name":"to","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"saturates":true}},
        {"name":"after","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"organisation_id","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      header: [
        {"name":"consistency-token","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["listPayments"],
  },
  "createPayment": {
    operationId: "createPayment",
    method: "post",
    path: "/v1/payments",
    security: [],
    statuses: [201, 400, 409, 413, 415, 422, 429, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"idempotency-key","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: { required: true, content: [
      {"mediaType":"application/json","kind":"json","fields":[],"verbatim":[{"pointer":"/data/attributes","named":["amount"]}],"closed":{"":["data","links"],"/data":["id","version","type","organisation_id","attributes"]}},
    ] },
    replies: {
      201: {"headers":["X-Request-Id","ETag","Location","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      409: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      413: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      415: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      422: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["createPayment"],
  },
  "getPayment": {
    operationId: "getPayment",
    method: "get",
    path: "/v1/payments/{id}",
    security: [],
    statuses: [200, 304, 400, 404, 429, 500, 503],
    parameters: {
      path: [
        {"name":"id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      query: [],
      header: [
        {"name":"if-none-match","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"consistency-token","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id","ETag","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      304: {"headers":["X-Request-Id","ETag","Cache-Control"],"content":[]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getPayment"],
  },
  "updatePayment": {
    operationId: "updatePayment",
    method: "put",
    path: "/v1/payments/{id}",
    security: [],
    statuses: [200, 400, 404, 409, 412, 413, 415, 422, 429, 500, 503],
    parameters: {
      path: [
        {"name":"id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      query: [],
      header: [
        {"name":"if-match","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"idempotency-key","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: { required: true, content: [
      {"mediaType":"application/json","kind":"json","fields":[],"verbatim":[{"pointer":"/data/attributes","named":["amount"]}],"closed":{"":["data","links"],"/data":["id","version","type","organisation_id","attributes"]}},
    ] },
    replies: {
      200: {"headers":["X-Request-Id","ETag","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      409: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      412: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      413: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      415: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      422: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["updatePayment"],
  },
  "deletePayment": {
    operationId: "deletePayment",
    method: "delete",
    path: "/v1/payments/{id}",
    security: [],
    statuses: [204, 400, 404, 409, 412, 422, 429, 500, 503],
    parameters: {
      path: [
        {"name":"id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      query: [
        {"name":"version","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"maximum":9007199254740991}},
      ],
      header: [
        {"name":"if-match","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"idempotency-key","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      204: {"headers":["X-Request-Id"],"content":[]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      409: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      412: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      422: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["deletePayment"],
  },
  "listPaymentVersions": {
    operationId: "listPaymentVersions",
    method: "get",
    path: "/v1/payments/{id}/versions",
    security: [],
    statuses: [200, 400, 404, 429, 500, 503],
    parameters: {
      path: [
        {"name":"id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      query: [
        {"name":"size","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"saturates":true}},
        {"name":"after","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      header: [
        {"name":"consistency-token","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["listPaymentVersions"],
  },
  "listChanges": {
    operationId: "listChanges",
    method: "get",
    path: "/v1/changes",
    security: [],
    statuses: [200, 400, 429, 500, 503],
    parameters: {
      path: [],
      query: [
        {"name":"after","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"size","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"saturates":true}},
        {"name":"organisation_id","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"wait","style":"form","explode":true,"allowsEmpty":null,"value":{"kind":"scalar","types":["integer"],"maximum":30}},
      ],
      header: [
        {"name":"consistency-token","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id","Cache-Control"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      400: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["listChanges"],
  },
  "getRepo": {
    operationId: "getRepo",
    method: "get",
    path: "/admin/repo",
    security: [{"operatorToken":[]}],
    statuses: [200, 401, 404, 429, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      401: {"headers":["X-Request-Id","WWW-Authenticate"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getRepo"],
  },
  "deleteRepo": {
    operationId: "deleteRepo",
    method: "delete",
    path: "/admin/repo",
    security: [{"operatorToken":[]}],
    statuses: [204, 401, 404, 429, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      204: {"headers":["X-Request-Id"],"content":[]},
      401: {"headers":["X-Request-Id","WWW-Authenticate"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      429: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["deleteRepo"],
  },
  "getHealth": {
    operationId: "getHealth",
    method: "get",
    path: "/health",
    security: [],
    statuses: [200, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getHealth"],
  },
  "getLiveness": {
    operationId: "getLiveness",
    method: "get",
    path: "/health/live",
    security: [],
    statuses: [200, 500],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getLiveness"],
  },
  "getMetrics": {
    operationId: "getMetrics",
    method: "get",
    path: "/metrics",
    security: [{"operatorToken":[]}],
    statuses: [200, 401, 404, 500, 503],
    parameters: {
      path: [],
      query: [],
      header: [
        {"name":"x-request-id","style":"simple","explode":false,"allowsEmpty":null,"value":{"kind":"scalar","types":["string"]}},
      ],
      cookie: [],
    },
    requestBody: null,
    replies: {
      200: {"headers":["X-Request-Id"],"content":[{"mediaType":"text/plain","kind":"text","maybeString":true,"hasSecrets":false}]},
      401: {"headers":["X-Request-Id","WWW-Authenticate"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      404: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      500: {"headers":["X-Request-Id"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
      503: {"headers":["X-Request-Id","Retry-After"],"content":[{"mediaType":"application/json","kind":"json","maybeString":false,"hasSecrets":false},{"mediaType":"application/problem+json","kind":"json","maybeString":false,"hasSecrets":false}]},
    },
    validators: validators["getMetrics"],
  },
} as const;

/** Where the credentials of each security scheme are. */
export const securitySchemes = {
  "operatorToken": {"name":"operatorToken","kind":"bearer"},
} as const;

/** The headers that pages of other origins need to send and to read. */
export const corsHeaders = {
  "allowed": [
    "Authorization",
    "Consistency-Token",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-Id"
  ],
  "exposed": [
    "Consistency-Token",
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id"
  ]
} as const;
