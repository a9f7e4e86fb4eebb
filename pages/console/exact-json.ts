/** ES2026's addition to JSON; browsers without it show numbers as doubles. */
interface RawJson {
  rawJSON?(text: string): unknown;
}

/** JSON that keeps the digits of numbers that a double cannot represent. */
export const exactJson = {
  parse(text: string): unknown {
    const { rawJSON } = JSON as RawJson;
    if (!rawJSON) return JSON.parse(text);
    const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
      const source = context?.source;
      return typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value;
    };
    return JSON.parse(text, revive);
  },

  stringify(value: unknown, indent?: number): string {
    return JSON.stringify(value, null, indent);
  },
};
