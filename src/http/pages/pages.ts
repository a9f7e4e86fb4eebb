import Router, { type RouterMiddleware } from '@koa/router';
import type { Context, Next } from 'koa';
import type { AnyReply, Definition } from '../../contract/contract.js';
import type { Exchange } from '../exchange.js';
import { problem } from '../problems.js';

/** A page beside the contract: answers like a handler does. */
export type Page = (context: {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}) => Promise<AnyReply>;

/**
 * Puts pages behind the pipeline: they leave their reply in `ctx.state.reply`, and the pipeline writes it, so that a
 * page gets request id, log line, metrics and error handling like an operation. A known path with another method
 * leaves `ctx.state.allow`.
 *
 * @param pages - by path pattern of @koa/router; all answer GET and HEAD
 * @param prefix - put before every path
 */
export function pageRouter(pages: Readonly<Record<string, Page>>, prefix = ''): RouterMiddleware {
  const router = new Router({ prefix, strict: true, sensitive: true });
  for (const [path, page] of Object.entries(pages)) {
    router.get(path, async (ctx) => {
      ctx.state.route = prefix + path;
      ctx.state.reply = await page({ params: ctx.params, query: new URLSearchParams(ctx.querystring) });
    });
    router.all(path, async (ctx) => {
      ctx.state.route = prefix + path;
      ctx.state.allow = 'GET, HEAD';
    });
  }
  return router.routes();
}

/**
 * Lets the page router answer, where no operation does.
 *
 * @param ctx - Koa's context of the request
 * @param exchange - the request; it learns the route
 * @param next - the page router
 */
export async function answerPage(ctx: Context, exchange: Exchange, next: Next): Promise<AnyReply> {
  // The router has to look at the path that the guard has looked at: Koa reads some targets in another way.
  Object.assign(ctx, { newRouterPath: exchange.path });
  await next();
  const { reply, route, allow } = ctx.state as { reply?: AnyReply; route?: string; allow?: string };
  if (route !== undefined) exchange.route = route;
  if (reply) return reply;
  if (allow !== undefined) return methodNotAllowed(ctx.method, allow);
  return problem('route_not_found', 'There is nothing at this path.');
}

/**
 * @param method - what was asked for
 * @param allow - what the path has instead
 */
export function methodNotAllowed(method: string, allow: string): AnyReply {
  return { ...problem('method_not_allowed', `${method} is not one of ${allow}.`), headers: { Allow: allow } };
}

/**
 * The contract as documents.
 *
 * @param definition - the contract as it is served
 */
export function contractPages(definition: Definition): Record<string, Page> {
  const json = JSON.stringify(definition);
  let yaml: Promise<string> | null = null;
  return {
    '/openapi.json': async () => ({ status: 200, body: json }),
    '/openapi.yml': async () => {
      yaml ??= import('./contract-yaml.js').then(({ contractYaml }) => contractYaml(definition));
      return { status: 200, contentType: 'application/yaml', body: await yaml };
    },
  };
}
