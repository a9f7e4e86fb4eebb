import type { Product } from '../config/settings.js';
import type { AnyResource } from '../store/tables.js';
import type { ColumnValue, NewRow, ResourceDescription, Row } from '../store/types.js';

/** Besides id and version. The attributes are the client's own JSON text, which is never parsed. */
export type PaymentColumn = 'organisation_id' | 'attributes';

export type StoredPayment = Row<PaymentColumn, ColumnValue>;
export type NewPayment = NewRow<PaymentColumn, ColumnValue>;

export const payments: ResourceDescription<PaymentColumn> = {
  name: 'payments',
  columns: ['organisation_id', 'attributes'],
  jsonColumns: ['attributes'],
  filter: 'organisation_id',
  constants: { type: 'Payment' },
};

/** All resources of this service, for commands, `deleteRepo` and the store. */
export const resources: readonly AnyResource[] = [payments];

/** The operation that creates a row of a resource: imports validate lines by its body schema. */
export const createOperations: Readonly<Record<string, string>> = { payments: 'createPayment' };

/** The name of the service, for the program, traces, and (with underscores) its own metrics. */
export const SERVICE_NAME = 'payments-api';

export const product: Product = {
  serviceName: SERVICE_NAME,
  environmentPrefix: 'PAYMENTS_',
  mainResource: payments.name,
};
