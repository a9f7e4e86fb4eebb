import type { Middleware } from 'koa';
import { Application } from '../../../src/http/application.js';
import { requestContext } from '../../../src/http/middleware/request-context.js';
import { ENGINE_PROBLEMS, ProblemFormat } from '../../../src/http/problems.js';
import { respond } from '../../../src/http/respond.js';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../../src/http/transport/server.js';
import { createClient, type HttpClient } from '../../support/http.js';

export interface Served extends HttpClient {
  readonly port: number;
  readonly server: HttpServer;
}

let open: (() => void)[] = [];

/** Serves middleware between `requestContext` and `respond`, which every request needs. */
export async function serve(...middleware: readonly Middleware[]): Promise<Served> {
  return serveWith({}, ...middleware);
}

/** The same, with limits for slow clients, or a queue. */
export async function serveWith(
  options: Pick<HttpServerOptions, 'limits' | 'queue'>,
  ...middleware: readonly Middleware[]
): Promise<Served> {
  const app = new Application(new ProblemFormat('test', ENGINE_PROBLEMS));
  app.silent = true;
  app.use(requestContext({ timeoutMs: 60_000, trustProxy: false }));
  app.use(respond((_call, error) => app.emit('error', error)));
  for (const one of middleware) app.use(one);
  const server = createHttpServer({ handler: app.callback(), requestTimeoutMs: 60_000, ...options });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  const client = createClient(port);
  open.push(() => {
    client.close();
    void server.drain({ graceMs: 0, deadlineMs: 0 });
  });
  return { ...client, port, server };
}

/** Stops everything that `serve` started. */
export function stopServing(): void {
  for (const stop of open) stop();
  open = [];
}
