/** What JSON must escape: quotes, controls, lone surrogates; and DEL and the C1 controls, which some terminals obey. */
const UNSAFE = /["\\\p{Cc}\p{Cs}]/u;
const CONTROLS = /\p{Cc}/gu;

/**
 * Writes text as a JSON string, quotes included. Text that needs no escape, the usual case, costs one scan. Control
 * characters come out escaped, so that a log line cannot forge another or steer a terminal.
 *
 * @param text - untrusted text
 * @param limitChars - longer text is cut here
 */
export function jsonString(text: string, limitChars: number): string {
  const cut = text.length > limitChars ? text.slice(0, limitChars) : text;
  if (!UNSAFE.test(cut)) return `"${cut}"`;
  return JSON.stringify(cut).replace(CONTROLS, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}
