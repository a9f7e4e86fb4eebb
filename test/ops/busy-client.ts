import { keepBusy } from '../support/busy-client.js';
import { freshId, paymentBody } from '../support/checked-service.js';

/** The results of a client. */
export interface ClientReport {
  /** The ids whose creation got a 201. */
  readonly created: string[];
  /** Errors, as of `keepBusy`. */
  readonly errors: string[];
}

export function newReport(): ClientReport {
  return { created: [], errors: [] };
}

/**
 * A busy client that creates payments, until the server no longer listens, or until it is stopped.
 *
 * @param port - of the service, on the loopback interface
 * @param control - `stop`: set to end after the response in flight
 * @param report - updated continuously
 */
export async function keepCreating(
  port: number,
  control: { stop: boolean },
  report: ClientReport = newReport(),
): Promise<ClientReport> {
  let id = '';
  const work = {
    next() {
      id = freshId();
      const body = JSON.stringify(paymentBody({ id }));
      return `POST /v1/payments HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    },
    onResponse(response: string) {
      const isCreated = response.startsWith('HTTP/1.1 201 ');
      if (isCreated) report.created.push(id);
      return isCreated;
    },
  };
  await keepBusy(port, control, work, report.errors);
  return report;
}
