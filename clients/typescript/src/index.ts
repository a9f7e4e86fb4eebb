export { createPaymentsClient, type ListOptions, type PaymentsClient, type UpdateOptions } from './client.js';
export { type ClientErrorCode, PaymentsError } from './errors.js';
export type { RetryOptions } from './retry.js';
export type { CallOptions, TransportOptions } from './transport.js';
export type { ErrorCode, Fault, NewPayment, Payment, PaymentAttributes, PaymentChange, Problem } from './types.js';
