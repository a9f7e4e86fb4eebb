import type { Product } from '../config/settings.js';
import type { AnyResource } from '../store/tables.js';
import type { ColumnValue, NewRow, ResourceDescription, Row } from '../store/types.js';

/** What a payment has beside its id and version. The attributes are the client's own JSON text, which nothing parses. */
export type PaymentColumn = 'organisation_id' | 'attributes';

/** A payment as it is stored. */
export type StoredPayment = Row<PaymentColumn, ColumnValue>;
/** A payment to be created; it starts at version 0. */
export type NewPayment = NewRow<PaymentColumn, ColumnValue>;

/** How payments are stored. */
export const payments: ResourceDescription<PaymentColumn> = {
  name: 'payments',
  columns: ['organisation_id', 'attributes'],
  jsonColumns: ['attributes'],
  filter: 'organisation_id',
  constants: { type: 'Payment' },
};

/** All resources of this service. Commands, `deleteRepo` and the store take them from here. */
export const resources: readonly AnyResource[] = [payments];

/** The operation that creates a row of a resource: imports validate each line by its body. */
export const createOperations: Readonly<Record<string, string>> = { payments: 'createPayment' };

/** The name of the service: of the program, in traces, and with underscores in the names of its own metrics. */
export const SERVICE_NAME = 'payments-api';

/** What the engine has to know of this product. */
export const product: Product = {
  serviceName: SERVICE_NAME,
  environmentPrefix: 'PAYMENTS_',
  mainResource: payments.name,
};
