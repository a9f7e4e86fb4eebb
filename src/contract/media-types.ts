import type { CompiledOperation, RequestContent } from './types.js';

/** A media type in a header (RFC 9110, section 8.3.1). */
export interface MediaType {
  /** Type and subtype, in lower case. */
  readonly essence: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const ESSENCE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*`);
const PARAMETER = new RegExp(`\\s*;\\s*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?\\s*`, 'y');
const UTF8_NAMES = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** Parses a media type, whose parameters may be quoted. Null if it is invalid. */
export function parseMediaType(header: string): MediaType | null {
  const [start, essence] = ESSENCE.exec(header) ?? [];
  if (start === undefined || essence === undefined) return null;
  const parameters = new Map<string, string>();
  for (PARAMETER.lastIndex = start.length; PARAMETER.lastIndex < header.length; ) {
    const match = PARAMETER.exec(header);
    if (!match) return null;
    const [, name, token, quoted] = match;
    if (name) parameters.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
  }
  return { essence: essence.toLowerCase(), parameters };
}

/** The media type of a body, as the operation declares it, or the detail of the 415. */
export function contentOf({ requestBody }: CompiledOperation, header: string | undefined): RequestContent | string {
  const content = requestBody?.content ?? [];
  const [first] = content;
  if (first && header === first.mediaType && first.kind === 'json') return first;
  const wanted = content.map(({ mediaType }) => mediaType).join(' or ');
  if (header === undefined) return `The body must be ${wanted}, and Content-Type must say so.`;
  const sent = parseMediaType(header);
  const found = sent && matching(content, sent.essence);
  if (!sent || !found) return `The body must be ${wanted}, not ${JSON.stringify(header.slice(0, 100))}.`;
  const charset = sent.parameters.get('charset');
  if (charset !== undefined && found.kind !== 'binary' && !UTF8_NAMES.has(charset.toLowerCase())) {
    return `The body must be in UTF-8, not ${JSON.stringify(charset.slice(0, 100))}.`;
  }
  return found;
}

function matching(content: readonly RequestContent[], essence: string): RequestContent | undefined {
  const exact = content.find(({ mediaType }) => mediaType === essence);
  if (exact) return exact;
  // The suffix names the format (RFC 6839, section 3.1): `+json` is JSON.
  if (/\/[^+]+\+json$/.test(essence)) {
    const json = content.find(({ mediaType }) => mediaType === 'application/json');
    if (json) return json;
  }
  return content.find(({ mediaType }) => isInRange(essence, mediaType));
}

/** The media type without parameters, in lower case. */
export function essenceOf(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}

/** The media type in `offered` that a client prefers (RFC 9110, section 12.5.1), or null. The first is the default. */
export function negotiate(accept: string | undefined, offered: readonly string[]): string | null {
  if (accept === undefined || accept.trim() === '') return offered[0] ?? null;
  // Commas in quoted strings do not separate.
  const parts = accept.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  const ranges = parts.map(parseMediaType).filter((range) => range !== null);
  let best: string | null = null;
  let bestQuality = 0;
  for (const mediaType of offered) {
    const quality = qualityOf(parseMediaType(mediaType)?.essence ?? mediaType, ranges);
    if (quality > bestQuality) {
      best = mediaType;
      bestQuality = quality;
    }
  }
  return best;
}

/** The weight of the most specific matching range. */
function qualityOf(essence: string, ranges: readonly MediaType[]): number {
  let specificity = -1;
  let quality = 0;
  for (const { essence: range, parameters } of ranges) {
    if (!isInRange(essence, range)) continue;
    const own = range === '*/*' ? 0 : range.endsWith('/*') ? 1 : 2;
    if (own <= specificity) continue;
    specificity = own;
    const weight = Number(parameters.get('q') ?? 1);
    quality = Number.isFinite(weight) ? weight : 0;
  }
  return quality;
}

/** For example `image/*`. */
export function isInRange(essence: string, range: string): boolean {
  return range === '*/*' || range === essence || (range.endsWith('/*') && essence.startsWith(range.slice(0, -1)));
}
