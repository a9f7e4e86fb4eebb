import type { RequestListener } from 'node:http';
import type Koa from 'koa';

/**
 * A listener in place of `koa.callback()`, for middleware that leaves no writing of answers to Koa. Koa attaches
 * `on-finished` to every response, to learn of sockets that break, and then looks whether there is something to write;
 * the server here watches its connections itself, and the pipeline writes. Contexts and middleware are Koa's own.
 *
 * @param koa - with two middlewares: the pipeline, which answers and lets nothing be thrown, and the pages behind it
 */
export function leanCallback(koa: Koa): RequestListener {
  const end = async (): Promise<void> => {};
  const [pipeline = end, pages = end] = koa.middleware;
  return function listener(request, response) {
    const context = koa.createContext(request, response);
    Promise.resolve(pipeline(context, () => Promise.resolve(pages(context, end)))).catch((error: unknown) => {
      koa.emit('error', error, context);
      response.destroy();
    });
  };
}
