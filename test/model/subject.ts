import { Agent, request as httpRequest } from 'node:http';
import { createApp } from '../../src/app.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { configFrom } from '../support/config.js';

/** A request on the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The whole response, except for values that depend on the time and the connection. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A service driven by the test, on either database. */
export interface Subject {
  readonly name: string;
  send(request: WireRequest): Promise<Reply>;
  /** Error lines in its log, among them replies that violate the contract. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive']);

/**
 * Opens the service in this process; all replies are checked against the contract.
 *
 * @param name - for failures
 * @param flags - of the service
 */
export async function openSubject(name: string, flags: readonly string[]): Promise<Subject> {
  const errors: string[] = [];
  const config = configFrom(['--workers', '1', '--reply-check', '1', ...flags]);
  const sink = { write: (line: string) => void errors.push(line), flush: async () => {}, flushSync() {}, close() {} };
  const logger = createLogger({ level: 'error', sink });
  const service = await createApp({
    config,
    version: 'test',
    logger,
    metrics: createMetrics(),
    primary: null,
    processFacts: process,
  });
  const address = await service.servers.api?.listen({ host: '127.0.0.1', port: 0 });
  if (!address) throw new Error('the service has no listener');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    name,
    errors,
    send: (request) => send(agent, address.port, request),
    async close() {
      agent.destroy();
      await service.drain({ graceMs: 0, deadlineMs: 1000 });
    },
  };
}

function send(agent: Agent, port: number, { method, target, headers, body }: WireRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = httpRequest({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path: target,
      headers: { ...headers, ...length },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: plainHeaders(response.headers),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(body);
  });
}

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!OF_THE_CONNECTION.has(name)) plain[name] = String(value);
  }
  return plain;
}
