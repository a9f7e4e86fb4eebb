import { expect } from 'chai';
import { createClient, type HttpClient } from './http.js';
import { type RunningService, startService } from './service.js';

/** The built service with a client; all replies are checked against the contract. */
export interface CheckedService extends HttpClient {
  readonly service: RunningService;
  readonly port: number;
  /** Stops the service, and fails if it did not end cleanly or a reply violated the contract. */
  stop(): Promise<void>;
}

/**
 * Starts the built service with `--reply-check 1`.
 *
 * @param flags - further ones
 */
export async function startChecked(flags: readonly string[] = []): Promise<CheckedService> {
  const service = await startService(['--reply-check', '1', ...flags]);
  const client = createClient(service.port);
  return {
    ...client,
    service,
    port: service.port,
    async stop() {
      client.close();
      const { code, stderr } = await service.stop();
      const violations = service.log.filter(({ message }) => message === 'a reply violates the contract');
      const failures = service.log.filter(({ level }) => level === 'error');
      expect(violations, 'replies that do not fit the contract').to.deep.equal([]);
      expect(failures, 'errors in the log').to.deep.equal([]);
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
    },
  };
}

let created = 0;

/** A unique id. */
export function freshId(): string {
  return `test-${++created}`;
}

/** A payment as a client sends it; `properties` replace the usual ones. */
export function paymentBody(properties: Readonly<Record<string, unknown>> = {}): { data: Record<string, unknown> } {
  return {
    data: {
      id: freshId(),
      type: 'Payment',
      organisation_id: 'organisation',
      attributes: { amount: '100.21', currency: 'GBP' },
      ...properties,
    },
  };
}
