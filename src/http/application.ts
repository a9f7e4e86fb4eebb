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
    /** Set by `requestContext`. */
    call: RequestContext;
    /** The contract's route for the path, or null. Set by `routing`. */
    found: FoundRoute | null;
    /** The caller, by the operation's security schemes. Set by `authentication`. */
    principals: Principals;
    /** The body; null without one. Set by `body`. */
    content: ReceivedBody | null;
    /**
     * The handler's response, instead of `ctx.body`. It is written in one piece, unless a middleware reads or changes
     * the response: then it first becomes Koa's own status, headers and body.
     */
    reply: AnyReply | null;
    problems: ProblemFormat;
  }
}

/** These properties do not depend on the response. */
const UNRELATED = new Set(['constructor', 'socket', 'headerSent', 'writable', 'inspect', 'toJSON']);

/** A Koa application whose middleware may set `ctx.reply`. Other middleware works as in any Koa application. */
export class Application extends Koa {
  constructor(problems: ProblemFormat) {
    super();
    Object.assign(this.context, { problems, reply: null, found: null, content: null, principals: {} });
    const response: object = this.response;
    const proto: object = Object.getPrototypeOf(response);
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (!UNRELATED.has(name)) Object.defineProperty(response, name, materialising(property));
    }
    for (const [name, get] of Object.entries(TARGET)) {
      const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(this.request), name);
      Object.defineProperty(this.request, name, { ...own, get });
    }
  }

  /**
   * Without Koa's `on-finished` and its writer: the transport watches connections, and `respond` writes. This saves 9
   * of 30 µs per request.
   */
  handleRequest(ctx: Koa.Context, run: (ctx: Koa.Context) => Promise<void>): Promise<void> {
    ctx.res.statusCode = 404;
    return run(ctx).catch((error: unknown) => {
      // A middleware before the error boundary has thrown, which is a defect.
      this.emit('error', error, ctx);
      ctx.res.destroy();
    });
  }
}

/** The same property, which first turns `ctx.reply` into Koa's own response. */
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

/** Koa's getters use the deprecated `url.parse` for unusual targets, which throws for some and differs for others. */
const TARGET: Readonly<Record<string, (this: Koa.Request) => string>> = {
  path() {
    return splitTarget(this.req.url ?? '/').path;
  },
  querystring() {
    return splitTarget(this.req.url ?? '/').queryText;
  },
};
