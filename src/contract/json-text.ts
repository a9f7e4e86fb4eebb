declare const shape: unique symbol;

/**
 * JSON text known to hold a `T`. Payments are stored and answered as the text the client sent, so that no number is
 * ever rounded and nothing is parsed and printed again; the type keeps the compiler's knowledge of what is inside.
 */
export type JsonText<T> = string & { readonly [shape]: T };

/**
 * Marks text as holding a `T`. The one place where that is asserted rather than checked: call it only on text that
 * was validated, or that was put together from validated parts.
 *
 * @param text - JSON text
 */
export function jsonText<T>(text: string): JsonText<T> {
  return text as JsonText<T>;
}
