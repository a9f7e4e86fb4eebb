type Version = readonly [major: number, minor: number, patch: number];

/** Parses a version of three numbers (Semantic Versioning, without labels). Null if it is invalid. */
export function parseVersion(text: string): Version | null {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/** Negative if the first version is the earlier one, 0 if they are equal. Invalid versions come first. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [parseVersion(one) ?? [-1, -1, -1], parseVersion(other) ?? [-1, -1, -1]];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/**
 * Whether a version permits breaking changes: another major version, or below 1.0 another minor one.
 *
 * @see https://semver.org/#spec-item-4
 */
export function isNewContract(released: string, current: string): boolean {
  const [before, after] = [parseVersion(released), parseVersion(current)];
  if (before === null || after === null) return false;
  return after[0] > before[0] || (before[0] === 0 && after[0] === 0 && after[1] > before[1]);
}
