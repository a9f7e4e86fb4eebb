import type { Call, ResourceStore } from './types.js';

/**
 * What is put around every call of a store, and may give it another `Call`.
 *
 * @param operation - the resource and the method, for example `orders.create`
 * @param call - for whom
 * @param work - makes the call, for the request or for a part of it; its result is to be returned, or its error thrown
 */
export type Around = <T>(operation: string, call: Call, work: (call: Call) => Promise<T>) => Promise<T>;

/**
 * A store with something around each of its methods.
 *
 * @param name - of the resource
 * @param store - does the work
 * @param around - see `Around`
 */
export function wrapResource<Column extends string>(
  name: string,
  store: ResourceStore<Column>,
  around: Around,
): ResourceStore<Column> {
  const named = (method: keyof ResourceStore<Column>) => `${name}.${method}`;
  const [create, find, update, remove] = [named('create'), named('find'), named('update'), named('delete')];
  const [list, changes, versions, replay] = [named('list'), named('changes'), named('versions'), named('replay')];
  const [lastPosition, count, deleteAll] = [named('lastPosition'), named('count'), named('deleteAll')];
  return {
    create: (row, call, key) => around(create, call, (inner) => store.create(row, inner, key)),
    find: (id, call) => around(find, call, (inner) => store.find(id, inner)),
    update: (row, call, key) => around(update, call, (inner) => store.update(row, inner, key)),
    delete: (id, version, call, key) => around(remove, call, (inner) => store.delete(id, version, inner, key)),
    list: (page, call) => around(list, call, (inner) => store.list(page, inner)),
    changes: (request, call) => around(changes, call, (inner) => store.changes(request, inner)),
    versions: (id, request, call) => around(versions, call, (inner) => store.versions(id, request, inner)),
    replay: (key, call) => around(replay, call, (inner) => store.replay(key, inner)),
    lastPosition: (call) => around(lastPosition, call, (inner) => store.lastPosition(inner)),
    count: (call) => around(count, call, (inner) => store.count(inner)),
    deleteAll: (call) => around(deleteAll, call, (inner) => store.deleteAll(inner)),
  };
}
