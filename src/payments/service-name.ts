/** The name of the service: in traces, and with underscores in the names of its own metrics. */
export const SERVICE_NAME = 'payments-api';
