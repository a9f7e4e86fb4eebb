import type { ErrorCode, OperationId, Reply } from '../../src/contract/contract.js';
import type { ServerName } from './servers.js';

/** How to cause one documented response. Missing parts come from the contract's example. */
export interface Provocation {
  readonly server: ServerName;
  /** Path and query. */
  readonly target?: string;
  /** Undefined removes the header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** The expected error. */
  readonly code?: ErrorCode;
}

/** A payment on the open server. */
export interface KnownPayment {
  readonly id: string;
  /** The idempotency key of its creation. */
  readonly key: string;
  readonly target: string;
}

/** Creates a payment, at version 0, on the open server. */
export type CreatePayment = () => Promise<KnownPayment>;

const THROWING: Provocation = { server: 'throwing', code: 'internal_error' };

/**
 * Exactly one for each status that an operation documents, checked by the compiler. Both media types of an error are
 * caused alike; only `Accept` differs.
 */
export const provocations: {
  readonly [Id in OperationId]: {
    readonly [Status in Reply<Id>['status']]: (createPayment: CreatePayment) => Provocation | Promise<Provocation>;
  };
} = {
  listPayments: {
    200: async (createPayment) => {
      await createPayment();
      return { server: 'open', target: '/v1/payments?size=5' };
    },
    400: () => ({ server: 'open', target: '/v1/payments?size=many&colour=red', code: 'validation_failed' }),
    429: () => limited('/v1/payments'),
    500: () => THROWING,
    503: () => unreachable('/v1/payments'),
  },
  createPayment: {
    201: () => ({ server: 'open', body: paymentText(freshId()) }),
    400: () => ({ server: 'open', body: paymentText(freshId(), { amount: '-1' }), code: 'validation_failed' }),
    409: async (createPayment) => {
      const { id } = await createPayment();
      return { server: 'open', body: paymentText(id), code: 'payment_exists' };
    },
    413: () => ({ server: 'open', body: tooLarge(freshId()), code: 'body_too_large' }),
    415: () => ({ server: 'open', ...asPlainText(freshId()) }),
    422: async (createPayment) => {
      const { key } = await createPayment();
      return {
        server: 'open',
        body: paymentText(freshId()),
        headers: { 'Idempotency-Key': key },
        code: 'idempotency_key_reused',
      };
    },
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  getPayment: {
    200: async (createPayment) => ({
      server: 'open',
      target: (await createPayment()).target,
      headers: { 'If-None-Match': undefined },
    }),
    304: async (createPayment) => ({
      server: 'open',
      target: (await createPayment()).target,
      headers: { 'If-None-Match': '"7", "0"' },
    }),
    400: () => ({ server: 'open', target: '/v1/payments/%07', code: 'validation_failed' }),
    404: () => ({ server: 'open', target: targetOf(freshId()), code: 'payment_not_found' }),
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  updatePayment: {
    200: async (createPayment) => {
      const { id, target } = await createPayment();
      return { server: 'open', target, body: paymentText(id, { amount: '7.50' }) };
    },
    400: async (createPayment) => {
      const { target } = await createPayment();
      return { server: 'open', target, body: paymentText('another'), code: 'validation_failed' };
    },
    404: () => {
      const id = freshId();
      return { server: 'open', target: targetOf(id), body: paymentText(id), code: 'payment_not_found' };
    },
    409: async (createPayment) => {
      const { id, target } = await createPayment();
      return { server: 'open', target, body: paymentText(id, { version: 7 }), code: 'version_conflict' };
    },
    412: async (createPayment) => {
      const { id, target } = await createPayment();
      const headers = { 'If-Match': '"7"' };
      return { server: 'open', target, headers, body: paymentText(id), code: 'precondition_failed' };
    },
    413: async (createPayment) => {
      const { id, target } = await createPayment();
      return { server: 'open', target, body: tooLarge(id), code: 'body_too_large' };
    },
    415: async (createPayment) => {
      const { id, target } = await createPayment();
      return { server: 'open', target, ...asPlainText(id) };
    },
    422: async (createPayment) => {
      const { id, target, key } = await createPayment();
      const headers = { 'Idempotency-Key': key };
      return { server: 'open', target, headers, body: paymentText(id), code: 'idempotency_key_reused' };
    },
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  deletePayment: {
    204: async (createPayment) => ({ server: 'open', target: `${(await createPayment()).target}?version=0` }),
    400: async (createPayment) => ({
      server: 'open',
      target: `${(await createPayment()).target}?version=1e0`,
      code: 'validation_failed',
    }),
    404: () => ({ server: 'open', target: `${targetOf(freshId())}?version=0`, code: 'payment_not_found' }),
    409: async (createPayment) => ({
      server: 'open',
      target: `${(await createPayment()).target}?version=7`,
      code: 'version_conflict',
    }),
    412: async (createPayment) => ({
      server: 'open',
      target: `${(await createPayment()).target}?version=0`,
      headers: { 'If-Match': '"7"' },
      code: 'precondition_failed',
    }),
    422: async (createPayment) => {
      const { target, key } = await createPayment();
      const headers = { 'Idempotency-Key': key };
      return { server: 'open', target: `${target}?version=0`, headers, code: 'idempotency_key_reused' };
    },
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  listPaymentVersions: {
    200: async (createPayment) => ({ server: 'open', target: `${(await createPayment()).target}/versions` }),
    400: async (createPayment) => ({
      server: 'open',
      target: `${(await createPayment()).target}/versions?after=here`,
      code: 'validation_failed',
    }),
    404: () => ({ server: 'open', target: `${targetOf(freshId())}/versions`, code: 'payment_not_found' }),
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  listChanges: {
    200: async (createPayment) => {
      await createPayment();
      return { server: 'open', target: '/v1/changes?size=5' };
    },
    400: () => ({ server: 'open', target: '/v1/changes?wait=31', code: 'validation_failed' }),
    429: () => limited('/v1/changes'),
    500: () => THROWING,
    503: () => unreachable('/v1/changes'),
  },
  getRepo: {
    200: () => ({ server: 'open' }),
    401: () => ({ server: 'guarded', code: 'unauthorized' }),
    404: () => ({ server: 'closed', code: 'endpoint_disabled' }),
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  deleteRepo: {
    204: () => ({ server: 'open' }),
    401: () => ({ server: 'guarded', code: 'unauthorized' }),
    404: () => ({ server: 'closed', code: 'endpoint_disabled' }),
    429: () => limited(),
    500: () => THROWING,
    503: () => unreachable(),
  },
  getHealth: {
    200: () => ({ server: 'open' }),
    500: () => THROWING,
    503: () => ({ server: 'unreachable' }),
  },
  getLiveness: {
    200: () => ({ server: 'open' }),
    500: () => THROWING,
  },
  getMetrics: {
    200: () => ({ server: 'open' }),
    401: () => ({ server: 'guarded', code: 'unauthorized' }),
    404: () => ({ server: 'closed', code: 'endpoint_disabled' }),
    500: () => THROWING,
    503: () => ({ server: 'hanging', code: 'deadline_exceeded' }),
  },
};

/** The path of a payment. */
export function targetOf(id: string): string {
  return `/v1/payments/${encodeURIComponent(id)}`;
}

let made = 0;

/** A new id. */
export function freshId(): string {
  made += 1;
  return `dredd ${made}`;
}

/** The body of a request that creates or updates a payment. */
export function paymentText(id: string, { version = 0, amount = '100.21' } = {}): string {
  const attributes = { amount, currency: 'GBP', beneficiary: { name: 'W Owens', account: 1234567890123456 } };
  return JSON.stringify({ data: { id, version, type: 'Payment', organisation_id: 'dredd', attributes } });
}

/** Slightly more than the default of --body-limit. */
function tooLarge(id: string): string {
  return paymentText(id).padEnd(1_048_577, ' ');
}

function asPlainText(id: string) {
  return { headers: { 'Content-Type': 'text/plain' }, body: paymentText(id), code: 'unsupported_media_type' } as const;
}

function limited(target?: string): Provocation {
  return { server: 'limited', code: 'rate_limited', ...(target !== undefined && { target }) };
}

function unreachable(target?: string): Provocation {
  return { server: 'unreachable', code: 'repository_unavailable', ...(target !== undefined && { target }) };
}
