export {
  type ChangesOptions,
  type ChangesPage,
  type ChangesQuery,
  createPaymentsClient,
  type ListOptions,
  type Page,
  type PageQuery,
  type PaymentsClient,
  type UpdateOptions,
  type WriteOptions,
} from './client.js';
export { type ClientErrorCode, PaymentsError, type PaymentsErrorCode } from './errors.js';
export type { Retry, RetryOptions } from './retry.js';
export type { CallOptions, Hooks, TransportOptions } from './transport.js';
export type {
  Change,
  ErrorCode,
  InvalidField,
  NewPayment,
  Payment,
  PaymentAttributes,
  PaymentUpdate,
  Problem,
  RequiredAttributes,
} from './types.js';
