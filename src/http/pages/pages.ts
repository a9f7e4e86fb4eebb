import Router from '@koa/router';
import type { Context } from 'koa';
import type { Document } from 'openapi-backend';
import type { AnyReply } from '../../contract/types.js';
import { problem } from '../problems.js';
import { discardReply } from '../respond.js';

/** A page beside the contract: it responds as a handler does. */
export type Page = (context: {
  readonly query: URLSearchParams;
  /** The request's `Accept`. */
  readonly accept?: string | undefined;
}) => Promise<AnyReply>;

/**
 * Adds pages after the contract: each sets `ctx.reply`, and so gets request id, log line, metrics and error handling like
 * an operation.
 *
 * @param pages - by path pattern of @koa/router; all respond to GET and HEAD
 */
export function pageRouter(pages: Readonly<Record<string, Page>>): Router {
  const router = new Router({ strict: true, sensitive: true });
  for (const [path, page] of Object.entries(pages)) {
    router.all(path, async (ctx: Context) => {
      const { call } = ctx;
      call.route = path;
      call.phase = 'handling';
      if (call.method !== 'GET' && call.method !== 'HEAD') {
        ctx.reply = methodNotAllowed(call.method, 'GET, HEAD');
        return;
      }
      const reply = await page({
        query: new URLSearchParams(ctx.querystring),
        accept: ctx.req.headers.accept,
      });
      if (call.abandoned) discardReply(reply);
      else ctx.reply = reply;
    });
  }
  return router;
}

/**
 * @param allow - what the path has instead
 */
export function methodNotAllowed(method: string, allow: string): AnyReply {
  return { ...problem('method_not_allowed', `${method} is not one of ${allow}.`), headers: { Allow: allow } };
}

/** The contract as documents. */
export function contractPages(definition: Document): Record<string, Page> {
  const json = JSON.stringify(definition);
  let yaml: Promise<string> | null = null;
  return {
    '/openapi.json': async () => ({ status: 200, body: json }),
    '/openapi.yml': async () => {
      yaml ??= contractYaml(definition);
      return { status: 200, contentType: 'application/yaml', body: await yaml };
    },
  };
}

/** A contract as YAML. */
export async function contractYaml(definition: Document): Promise<string> {
  // Loaded only when somebody asks for it; a CommonJS package that is loaded late has no names in the bundle.
  const { default: yaml } = await import('yaml');
  return yaml.stringify(definition, { lineWidth: 120 });
}
