import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Middleware } from 'koa';
import { Application } from '../../../src/http/application.js';
import { requestContext } from '../../../src/http/middleware/request-context.js';
import { ENGINE_PROBLEMS, ProblemFormat } from '../../../src/http/problems.js';
import { respond } from '../../../src/http/respond.js';
import { createClient, type HttpClient } from '../../support/http.js';

export interface Served extends HttpClient {
  readonly port: number;
}

let open: (() => void)[] = [];

/** Serves some middleware between those that every request needs: `requestContext` and `respond`. */
export async function serve(...middleware: readonly Middleware[]): Promise<Served> {
  const app = new Application(new ProblemFormat('test', ENGINE_PROBLEMS));
  app.silent = true;
  app.use(requestContext({ timeoutMs: 60_000, trustProxy: false }));
  app.use(respond((_call, error) => app.emit('error', error)));
  for (const one of middleware) app.use(one);
  const server: Server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createClient(port);
  open.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { ...client, port };
}

/** Ends whatever `serve` began. */
export function stopServing(): void {
  for (const stop of open) stop();
  open = [];
}
