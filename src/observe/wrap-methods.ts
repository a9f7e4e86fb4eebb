import type { StoreCallFacts } from './facts.js';

type Method = (...args: unknown[]) => unknown;

/**
 * Makes what stands in place of a method. It must return what fits the method's type.
 *
 * @param name - the method's name
 * @param method - the method itself, bound to its object
 */
export type Wrap = (name: string, method: Method) => Method;

/**
 * Wraps every method of an object, so that an interface of many methods needs one function around them and not one
 * for each. The object itself stays as it is. A method is wrapped when it is first read.
 *
 * @param target - any object
 * @param wrap - wraps one method
 */
export function wrapMethods<Target extends object>(target: Target, wrap: Wrap): Target {
  const wrapped = new Map<string | symbol, Method>();
  return new Proxy(target, {
    get(_, name) {
      const found = wrapped.get(name);
      if (found) return found;
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const made = wrap(name, value.bind(target));
      wrapped.set(name, made);
      return made;
    },
  });
}

/**
 * Reports how the calls of a store end: for metrics and spans. Calls without a `call` among their arguments, such as
 * those of `close`, are left alone.
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
  return wrapMethods(target, (name, method) => {
    const operation = prefix + name;
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
  });
}

function callOf(args: readonly unknown[]): object | null {
  for (let index = args.length - 1; index >= 0; index -= 1) {
    const value = args[index];
    if (typeof value === 'object' && value !== null && 'deadline' in value) return value;
  }
  return null;
}
