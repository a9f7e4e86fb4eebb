import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Payment = Schemas['Payment'];
export type PaymentAttributes = Schemas['PaymentAttributes'];
export type Fault = Schemas['Fault'];
export type Problem = Schemas['Problem'];
export type ErrorCode = Schemas['ErrorCode'];

/** A payment to be created. What is the same for all payments may be left out. */
export type NewPayment = Omit<Schemas['NewPayment'], 'type' | 'version'>;

/** What an update may change. */
export type PaymentChange = Pick<Payment, 'organisation_id' | 'attributes'>;
