import { essenceOf } from '../../../src/contract/media-types.js';
import type { BodyKind } from '../../../src/contract/types.js';

/**
 * How a body of a media type is read and written.
 *
 * @param mediaType - as in the contract
 */
export function bodyKind(mediaType: string): BodyKind {
  const essence = essenceOf(mediaType);
  if (/^(application|text)\/json$|\+json$/.test(essence)) return 'json';
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  if (essence === 'multipart/form-data') return 'multipart';
  return essence.startsWith('text/') && essence !== 'text/*' ? 'text' : 'binary';
}
