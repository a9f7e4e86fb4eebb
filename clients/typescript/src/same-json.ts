/**
 * Whether two values are the same JSON, whatever the order of their members. Text is compared, because a number that
 * came through another parser may be an object.
 */
export function isSameJson(one: unknown, other: unknown, stringify: (value: unknown) => string): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => isSameJson(item, other[at], stringify));
  }
  if (isPlainObject(one) && isPlainObject(other)) {
    const members = Object.entries(one).filter(([, value]) => value !== undefined);
    const otherCount = Object.values(other).filter((value) => value !== undefined).length;
    return (
      members.length === otherCount &&
      members.every(([name, value]) => Object.hasOwn(other, name) && isSameJson(value, other[name], stringify))
    );
  }
  return stringify(one) === stringify(other);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
