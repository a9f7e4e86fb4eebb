import type { Product } from '../config/settings.js';
import { payments } from './resource.js';

/** The name of the service: of the program, in traces, and with underscores in the names of its own metrics. */
export const SERVICE_NAME = 'payments-api';

/** What the engine has to know of this product. */
export const product: Product = {
  serviceName: SERVICE_NAME,
  environmentPrefix: 'PAYMENTS_',
  mainResource: payments.name,
};
