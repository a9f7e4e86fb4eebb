import type { components } from './schema.js';

type Schemas = components['schemas'];

export type PaymentAttributes = Schemas['PaymentAttributes'];
/** What attributes of your own must have. */
export interface RequiredAttributes {
  readonly amount: string;
}
export type InvalidField = Schemas['Fault'];
export type Problem = Schemas['Problem'];
export type ErrorCode = Schemas['ErrorCode'];

/** A payment; `Attributes` is what yours hold. */
export type Payment<Attributes extends RequiredAttributes = PaymentAttributes> = Omit<
  Schemas['Payment'],
  'attributes'
> & { attributes: Attributes };

/** A payment to be created. What is the same for all payments may be left out. */
export type NewPayment<Attributes extends RequiredAttributes = PaymentAttributes> = Pick<
  Payment<Attributes>,
  'id' | 'organisation_id' | 'attributes'
>;

/** What an update may change. */
export type PaymentUpdate<Attributes extends RequiredAttributes = PaymentAttributes> = Pick<
  Payment<Attributes>,
  'organisation_id' | 'attributes'
>;

/** One write that succeeded. */
export type Change<Attributes extends RequiredAttributes = PaymentAttributes> = Omit<Schemas['Change'], 'payment'> & {
  payment: Payment<Attributes>;
};
