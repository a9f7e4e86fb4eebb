import type { components } from './schema.js';

type Schemas = components['schemas'];

export type PaymentAttributes = Schemas['PaymentAttributes'];
/** The required properties of your own attributes. */
export interface RequiredAttributes {
  readonly amount: string;
}
export type InvalidField = Schemas['Fault'];
export type Problem = Schemas['Problem'];
export type ErrorCode = Schemas['ErrorCode'];

/** A payment; `Attributes` is the type of its attributes. */
export type Payment<Attributes extends RequiredAttributes = PaymentAttributes> = Omit<
  Schemas['Payment'],
  'attributes'
> & { attributes: Attributes };

/** A payment to create, without the properties that are the same for all. */
export type NewPayment<Attributes extends RequiredAttributes = PaymentAttributes> = Pick<
  Payment<Attributes>,
  'id' | 'organisation_id' | 'attributes'
>;

/** The properties that an update may change. */
export type PaymentUpdate<Attributes extends RequiredAttributes = PaymentAttributes> = Pick<
  Payment<Attributes>,
  'organisation_id' | 'attributes'
>;

/** A successful write. */
export type Change<Attributes extends RequiredAttributes = PaymentAttributes> = Omit<Schemas['Change'], 'payment'> & {
  payment: Payment<Attributes>;
};
