/**
 * The value of a key, made and kept where there is none yet.
 *
 * @param map - where values are kept
 * @param key - which one
 * @param make - makes the value of a new key
 */
export function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
