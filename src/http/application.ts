import Koa from 'koa';
import type { ReceivedBody } from '../contract/body.js';
import type { Principals } from '../contract/security.js';
import type { AnyReply } from '../contract/types.js';
import type { RequestContext } from './middleware/request-context.js';
import type { FoundRoute } from './middleware/routing.js';
import type { ProblemFormat } from './problems.js';
import { materialise } from './respond.js';
import { splitTarget } from './transport/request-target.js';

declare module 'koa' {
  interface DefaultContext {
    /** The request as the service sees it. Set by `requestContext`. */
    call: RequestContext;
    /** What the contract has at the requested path; null if it has nothing. Set by `routing`. */
    found: FoundRoute | null;
    /** Who calls, by the security schemes of the operation. Set by `authentication`. */
    principals: Principals;
    /** The body; null without one. Set by `body`. */
    content: ReceivedBody | null;
    /**
     * The response to send, as handlers return it. It is this application's `ctx.body`: written in one piece, as it is,
     * unless a middleware looks at or changes the response. Then it becomes Koa's own status, headers and body first.
     */
    reply: AnyReply | null;
    problems: ProblemFormat;
  }
}

/** What says nothing about the response, and so need not have it at hand. */
const UNRELATED = new Set(['constructor', 'socket', 'headerSent', 'writable', 'inspect', 'toJSON']);

/** A Koa application whose middleware may set `ctx.reply`. Any other middleware works as it does everywhere. */
export class Application extends Koa {
  constructor(problems: ProblemFormat) {
    super();
    Object.assign(this.context, { problems, reply: null, found: null, content: null, principals: {} });
    const response: object = this.response;
    const proto: object = Object.getPrototypeOf(response);
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (!UNRELATED.has(name)) Object.defineProperty(response, name, materialising(property));
    }
    Object.defineProperties(this.request, TARGET);
  }

  /**
   * In place of Koa's own: without `on-finished` on every response, since the server watches its connections itself, and
   * without Koa's writing, since `respond` writes. Together they cost 9 of 30 µs a request.
   */
  handleRequest(ctx: Koa.Context, run: (ctx: Koa.Context) => Promise<void>): Promise<void> {
    ctx.res.statusCode = 404;
    return run(ctx).catch((error: unknown) => {
      // No middleware caught it: a defect of one that comes before the error boundary.
      this.emit('error', error, ctx);
      ctx.res.destroy();
    });
  }
}

/** The same property, for which `ctx.reply` becomes Koa's own response first. */
function materialising({ get, set, value, ...rest }: PropertyDescriptor): PropertyDescriptor {
  function first<Args extends unknown[]>(act: (this: Koa.Response, ...args: Args) => unknown) {
    return function act_(this: Koa.Response, ...args: Args): unknown {
      if (this.ctx.reply !== null) materialise(this.ctx);
      return act.apply(this, args);
    };
  }
  if (typeof value === 'function') return { ...rest, value: first(value) };
  const { enumerable = true, configurable = true } = rest;
  return { enumerable, configurable, ...(get && { get: first(get) }), ...(set && { set: first(set) }) };
}

/**
 * Path and query as the rest of the service reads them. Koa's own getters read unusual targets by `url.parse`, which
 * throws for some, differs for others, and is deprecated.
 */
const TARGET: PropertyDescriptorMap & ThisType<Koa.Request> = {
  path: {
    get() {
      return splitTarget(this.req.url ?? '/').path;
    },
    set(path: string) {
      this.req.url = joinedTarget(path, this.querystring);
    },
  },
  querystring: {
    get() {
      return splitTarget(this.req.url ?? '/').queryText;
    },
    set(queryText: string) {
      this.req.url = joinedTarget(this.path, queryText);
    },
  },
};

function joinedTarget(path: string, queryText: string): string {
  return queryText === '' ? path : `${path}?${queryText}`;
}
