/**
 * Generated from api/openapi.yml (Payments API 1.1.0).
 * Do not edit: change the contract and run `npm run generate`.
 */

import type { operations as OperationTypes } from './types.js';
import { type OperationValidators, validators } from './validators.js';

export type OperationId = keyof OperationTypes;

export interface OperationParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
}

/** What is known of an operation without looking into the contract. */
export interface Operation {
  readonly operationId: OperationId;
  /** In lower case. */
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace';
  /** The path's template, such as `/things/{id}`. */
  readonly path: string;
  readonly tag: string | null;
  readonly statuses: readonly number[];
  readonly parameters: readonly OperationParameter[];
  readonly requestBody: { readonly required: boolean; readonly mediaTypes: readonly string[] } | null;
  /** By status; empty where the answer has no body. */
  readonly replyMediaTypes: Readonly<Record<number, readonly string[]>>;
  readonly validators: OperationValidators;
}

/** Every operation of the contract, by its id, in the contract's order. */
export const operations = {
  "listPayments": {
    operationId: "listPayments",
    method: "get",
    path: "/v1/payments",
    tag: "payments",
    statuses: [200, 400, 429, 500, 503],
    parameters: [
      {"name":"from","in":"query","required":false,"type":"integer"},
      {"name":"size","in":"query","required":false,"type":"integer"},
      {"name":"to","in":"query","required":false,"type":"integer"},
      {"name":"after","in":"query","required":false,"type":"string"},
      {"name":"organisation_id","in":"query","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      400: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["listPayments"],
  },
  "createPayment": {
    operationId: "createPayment",
    method: "post",
    path: "/v1/payments",
    tag: "payments",
    statuses: [201, 400, 409, 413, 415, 422, 429, 500, 503],
    parameters: [
      {"name":"Idempotency-Key","in":"header","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: {"required":true,"mediaTypes":["application/json"]},
    replyMediaTypes: {
      201: ["application/json"],
      400: ["application/json","application/problem+json"],
      409: ["application/json","application/problem+json"],
      413: ["application/json","application/problem+json"],
      415: ["application/json","application/problem+json"],
      422: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["createPayment"],
  },
  "getPayment": {
    operationId: "getPayment",
    method: "get",
    path: "/v1/payments/{id}",
    tag: "payments",
    statuses: [200, 304, 400, 404, 429, 500, 503],
    parameters: [
      {"name":"id","in":"path","required":true,"type":"string"},
      {"name":"If-None-Match","in":"header","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      304: [],
      400: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["getPayment"],
  },
  "updatePayment": {
    operationId: "updatePayment",
    method: "put",
    path: "/v1/payments/{id}",
    tag: "payments",
    statuses: [200, 400, 404, 409, 412, 413, 415, 422, 429, 500, 503],
    parameters: [
      {"name":"id","in":"path","required":true,"type":"string"},
      {"name":"If-Match","in":"header","required":false,"type":"string"},
      {"name":"Idempotency-Key","in":"header","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: {"required":true,"mediaTypes":["application/json"]},
    replyMediaTypes: {
      200: ["application/json"],
      400: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      409: ["application/json","application/problem+json"],
      412: ["application/json","application/problem+json"],
      413: ["application/json","application/problem+json"],
      415: ["application/json","application/problem+json"],
      422: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["updatePayment"],
  },
  "deletePayment": {
    operationId: "deletePayment",
    method: "delete",
    path: "/v1/payments/{id}",
    tag: "payments",
    statuses: [204, 400, 404, 409, 412, 422, 429, 500, 503],
    parameters: [
      {"name":"id","in":"path","required":true,"type":"string"},
      {"name":"version","in":"query","required":true,"type":"integer"},
      {"name":"If-Match","in":"header","required":false,"type":"string"},
      {"name":"Idempotency-Key","in":"header","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      204: [],
      400: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      409: ["application/json","application/problem+json"],
      412: ["application/json","application/problem+json"],
      422: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["deletePayment"],
  },
  "listPaymentVersions": {
    operationId: "listPaymentVersions",
    method: "get",
    path: "/v1/payments/{id}/versions",
    tag: "changes",
    statuses: [200, 400, 404, 429, 500, 503],
    parameters: [
      {"name":"id","in":"path","required":true,"type":"string"},
      {"name":"size","in":"query","required":false,"type":"integer"},
      {"name":"after","in":"query","required":false,"type":"string"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      400: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["listPaymentVersions"],
  },
  "listChanges": {
    operationId: "listChanges",
    method: "get",
    path: "/v1/changes",
    tag: "changes",
    statuses: [200, 400, 429, 500, 503],
    parameters: [
      {"name":"after","in":"query","required":false,"type":"string"},
      {"name":"size","in":"query","required":false,"type":"integer"},
      {"name":"organisation_id","in":"query","required":false,"type":"string"},
      {"name":"wait","in":"query","required":false,"type":"integer"},
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      400: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["listChanges"],
  },
  "getRepo": {
    operationId: "getRepo",
    method: "get",
    path: "/admin/repo",
    tag: "admin",
    statuses: [200, 401, 404, 429, 500, 503],
    parameters: [
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      401: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["getRepo"],
  },
  "deleteRepo": {
    operationId: "deleteRepo",
    method: "delete",
    path: "/admin/repo",
    tag: "admin",
    statuses: [204, 401, 404, 429, 500, 503],
    parameters: [
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      204: [],
      401: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      429: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["deleteRepo"],
  },
  "getHealth": {
    operationId: "getHealth",
    method: "get",
    path: "/health",
    tag: "monitoring",
    statuses: [200, 500, 503],
    parameters: [
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json"],
    },
    validators: validators["getHealth"],
  },
  "getLiveness": {
    operationId: "getLiveness",
    method: "get",
    path: "/health/live",
    tag: "monitoring",
    statuses: [200, 500],
    parameters: [
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["application/json"],
      500: ["application/json","application/problem+json"],
    },
    validators: validators["getLiveness"],
  },
  "getMetrics": {
    operationId: "getMetrics",
    method: "get",
    path: "/metrics",
    tag: "monitoring",
    statuses: [200, 401, 404, 500, 503],
    parameters: [
      {"name":"X-Request-Id","in":"header","required":false,"type":"string"},
    ],
    requestBody: null,
    replyMediaTypes: {
      200: ["text/plain"],
      401: ["application/json","application/problem+json"],
      404: ["application/json","application/problem+json"],
      500: ["application/json","application/problem+json"],
      503: ["application/json","application/problem+json"],
    },
    validators: validators["getMetrics"],
  },
} as const satisfies { readonly [Id in OperationId]: Operation };
