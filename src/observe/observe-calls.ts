import type { StoreCallFacts } from './facts.js';

type Method = (...args: unknown[]) => unknown;

/**
 * Reports how the calls of a store end: for metrics and spans. Calls without a `call` among their arguments, such as
 * those of `close`, are left alone. A method is wrapped when it is first read.
 *
 * @param target - an object of asynchronous methods, of which the last or the last but one argument is a call
 * @param onEnd - called once for each call, before its caller resumes
 * @param prefix - put in front of the names of its methods, for example `refunds.`
 */
export function observeCalls<Target extends object>(
  target: Target,
  onEnd: (facts: StoreCallFacts) => void,
  prefix = '',
): Target {
  const observed = new Map<string | symbol, Method>();

  function observe(operation: string, method: Method): Method {
    return (...args) => {
      const call = callOf(args);
      if (call === null) return method(...args);
      // Taken before the call begins: a database in memory has done its work by the time it returns.
      const startedAt = performance.now();
      const result = method(...args);
      if (!(result instanceof Promise)) return result;
      const end = (error: unknown) => onEnd({ operation, call, startedAt, endedAt: performance.now(), error });
      result.then(() => end(null), end);
      return result;
    };
  }

  return new Proxy(target, {
    get(_, name) {
      const found = observed.get(name);
      if (found) return found;
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const made = observe(prefix + name, value.bind(target));
      observed.set(name, made);
      return made;
    },
  });
}

function callOf(args: readonly unknown[]): object | null {
  for (let index = args.length - 1; index >= 0; index -= 1) {
    const value = args[index];
    if (typeof value === 'object' && value !== null && 'deadline' in value) return value;
  }
  return null;
}
