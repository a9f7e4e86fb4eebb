/**
 * A map whose entries live for a bounded time and in bounded number, without a timer and without a scan: entries go
 * into a young generation, which becomes the old one after `lifetimeMs` or when it is half of the limit, and the old
 * one is let go of as a whole. Whoever reads an entry judges by its content whether it still holds.
 *
 * A single Map in order of insertion would do it too, but V8 leaves a hole for each deleted entry, so that finding the
 * oldest one costs more the more were deleted.
 */
export class GenerationMap<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private turnsAtMs = 0;

  /**
   * @param lifetimeMs - an entry is kept at least this long while there is room, and at most twice as long
   * @param limitEntries - there are never more entries than this; the oldest half goes first
   */
  constructor(
    private readonly lifetimeMs: number,
    private readonly limitEntries: number,
  ) {}

  /** How many entries are held, those whose time is over included. */
  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: string): Value | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  /**
   * Adds an entry, as the youngest.
   *
   * @param nowMs - monotonic time
   */
  set(key: string, value: Value, nowMs: number): void {
    if (nowMs >= this.turnsAtMs || this.young.size >= this.limitEntries / 2) this.turn(nowMs);
    this.young.set(key, value);
  }

  private turn(nowMs: number): void {
    // After a pause longer than a lifetime nothing in the young generation is of use either.
    this.old = nowMs >= this.turnsAtMs + this.lifetimeMs ? new Map() : this.young;
    this.young = new Map();
    this.turnsAtMs = nowMs + this.lifetimeMs;
  }
}
