type Version = readonly [major: number, minor: number, patch: number];

/**
 * Reads a version of three numbers (Semantic Versioning, without labels).
 *
 * @param text - such as `1.2.3`
 * @returns null if it is none
 */
export function parseVersion(text: string): Version | null {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/**
 * Negative if the first version is the earlier one, 0 if they are the same. What is no version comes first.
 *
 * @param one - a version
 * @param other - another
 */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [parseVersion(one) ?? [-1, -1, -1], parseVersion(other) ?? [-1, -1, -1]];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/**
 * Whether a version says that clients of an earlier one may fail: another major version, or below 1.0 another minor one.
 *
 * @param released - the earlier version
 * @param current - the later one
 * @see https://semver.org/#spec-item-4
 */
export function isNewContract(released: string, current: string): boolean {
  const [before, after] = [parseVersion(released), parseVersion(current)];
  if (before === null || after === null) return false;
  return after[0] > before[0] || (before[0] === 0 && after[0] === 0 && after[1] > before[1]);
}
