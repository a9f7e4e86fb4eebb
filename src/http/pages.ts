import Router, { type RouterMiddleware } from '@koa/router';
import type { AnyReply, Definition } from '../contract.js';

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
