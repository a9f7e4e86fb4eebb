import type { StoreCallFacts } from './facts.js';

/**
 * What happens around each call of a method. It returns what the method's caller gets.
 *
 * @param method - the method's name
 * @param args - as the caller gave them
 * @param proceed - calls the method itself
 */
export type Around = (method: string, args: readonly unknown[], proceed: () => unknown) => unknown;

/**
 * Wraps every method of an object, so that an interface of many methods needs one function around them and not one
 * for each. The object itself stays as it is.
 *
 * @param target - any object
 * @param around - what happens around each call; it must return what fits the method's type
 */
export function wrapMethods<Target extends object>(target: Target, around: Around): Target {
  const wrapped = new Map<string, (...args: unknown[]) => unknown>();
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const found = wrapped.get(name);
      if (found) return found;
      const wrapper = (...args: unknown[]) => around(name, args, () => Reflect.apply(value, target, args));
      wrapped.set(name, wrapper);
      return wrapper;
    },
  });
}

/**
 * Reports how the calls of a store end: for metrics and spans. Methods without a call among their arguments, such as
 * `close`, are left alone.
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
  return wrapMethods(target, (method, args, proceed) => {
    const call = args.findLast(isCall);
    if (call === undefined) return proceed();
    // Taken before the call begins: a database in memory has done its work by the time it returns.
    const startedAt = performance.now();
    const result = proceed();
    if (!(result instanceof Promise)) return result;
    const end = (error: unknown) =>
      onEnd({ operation: prefix + method, call, startedAt, endedAt: performance.now(), error });
    result.then(() => end(null), end);
    return result;
  });
}

function isCall(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'deadline' in value;
}
