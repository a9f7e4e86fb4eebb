import { GOOD_MEDIA, type Piece } from './ingredients.js';
import { type Expected, type PaymentContent, type Precondition, problem } from './model.js';
import type { PaymentPieces, TagsChoice, VersionChoice } from './steps.js';

/**
 * A version as it is sent.
 *
 * @param choice - the distance from the stored version, or an invalid version
 * @param stored - the stored version; null without a payment
 * @param pointer - of its error
 */
export function concreteVersion(choice: VersionChoice, stored: number | null, pointer: string): Piece<number> {
  if ('piece' in choice) return choice.piece;
  const value = (stored ?? 0) + choice.away;
  return { sent: String(value), value, errors: value < 0 ? [pointer] : [] };
}

/** A list of entity tags, and when it matches. */
export interface ConcreteTags {
  readonly errors: readonly string[];
  /** By weak and by strong comparison; null without a condition. */
  readonly weakly: Precondition | null;
  readonly strongly: Precondition | null;
  header(name: string): Record<string, string>;
}

/**
 * Entity tags as they are sent.
 *
 * @param choice - with `{v}` for the stored version and `{w}` for the next one
 * @param stored - the stored version; null without a payment
 * @param pointer - of its error
 */
export function concreteTags({ sent, isValid }: TagsChoice, stored: number | null, pointer: string): ConcreteTags {
  if (sent === null) return { errors: [], weakly: null, strongly: null, header: () => ({}) };
  const text = sent.replaceAll('{v}', String(stored ?? 0)).replaceAll('{w}', String((stored ?? 0) + 1));
  const listed = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((tag) => tag.trim());
  const isAny = text.trim() === '*';
  return {
    errors: isValid ? [] : [pointer],
    weakly: (version) => isAny || listed.includes(`"${version}"`) || listed.includes(`W/"${version}"`),
    strongly: (version) => isAny || listed.includes(`"${version}"`),
    header: (name) => ({ [name]: text }),
  };
}

/** The body of a create or an update. */
export function bodyOf({ id, type, organisation, attributes, extra }: PaymentPieces, version: Piece<number>): string {
  const members = {
    id: id.sent,
    version: version.sent,
    type: type.sent,
    organisation_id: organisation.sent,
    attributes: attributes.sent,
  };
  const sent = Object.entries(members).filter(([, text]) => text !== null);
  return `{"data":{${sent.map(([name, text]) => `"${name}":${text}`).join(',')}${extra.sent ?? ''}}}`;
}

/** All invalid fields in the body of a create or an update. */
export function errorsOf(
  { id, type, organisation, attributes, extra }: PaymentPieces,
  version: Piece<number>,
): string[] {
  return [id, version, type, organisation, attributes, extra].flatMap(({ errors }) => errors);
}

/** The stored part of a valid body. */
export function contentOf({ organisation, attributes }: PaymentPieces, id: string): PaymentContent {
  return { id, organisation: organisation.value, attributes: attributes.value };
}

/** The rejection of a request with invalid fields; null if there are none. */
export function invalid(errors: readonly string[]): Expected | null {
  return errors.length === 0 ? null : problem('validation_failed', [...new Set(errors)]);
}

export function mediaHeaders(media: string | null): Record<string, string> {
  return media === null ? {} : { 'Content-Type': media };
}

/** The rejection of a body for its media type, which precedes all other errors. */
export function mediaTypeError(media: string | null): Expected | null {
  return GOOD_MEDIA.includes(media) ? null : problem('unsupported_media_type');
}

/** Whether text is a valid payment id: 1 to 255 code points, not blank, no control characters. */
export function isId(text: string): boolean {
  return text.trim() !== '' && [...text].length <= 255 && !/\p{Cc}/u.test(text);
}
