import type { Document } from '../generate/model/document.js';
import { operationModels } from '../generate/model/operations.js';
import { viewOperation } from './operation-view.js';
import { operationBreaks } from './operations.js';
import type { Break } from './schemas.js';

/**
 * All changes between two contracts that may break clients of the first: requests that are no longer accepted,
 * unexpected replies, and changed names in generated clients.
 *
 * @param released - the contract that clients use, checked
 * @param current - the contract now, checked
 */
export function contractBreaks(released: Document, current: Document): Break[] {
  const found: Break[] = [];
  const now = operationModels(current);
  for (const before of operationModels(released)) {
    const { method, path } = before;
    const after = now.find((other) => other.method === method && other.path === path);
    const where = `${method.toUpperCase()} ${path}`;
    if (after === undefined) found.push({ where, what: 'is gone' });
    else found.push(...operationBreaks(viewOperation(released, before), viewOperation(current, after), where));
  }
  const names = Object.keys(current.components?.schemas ?? {});
  const lost = Object.keys(released.components?.schemas ?? {}).filter((name) => !names.includes(name));
  found.push(...lost.map((name) => ({ where: `the schema ${name}`, what: 'is gone, a type of generated clients' })));
  // Media types that share a schema share its errors.
  return [...new Map(found.map((one) => [`${one.where}: ${one.what}`, one])).values()];
}
