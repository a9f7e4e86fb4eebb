import { isUtf8 } from 'node:buffer';
import { type RequestErrors, UNKNOWN_DETAIL } from './errors.js';
import { JsonDocument, JsonError } from './json/json-document.js';
import { escapePointer } from './json/json-text.js';
import { UnknownProperties } from './json/large-json.js';
import { isInRange, parseMediaType } from './media-types.js';
import { oneOrAll, ParameterDecoder, queryTexts, type Values } from './parameters.js';
import type { CompiledOperation, RequestContent } from './types.js';

export interface UploadedFile {
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface MultipartParts {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, readonly UploadedFile[]>;
}

export type ReceivedBody = { readonly content: RequestContent } & (
  | { readonly bytes: Buffer; readonly parts?: undefined }
  | { readonly parts: MultipartParts; readonly bytes?: undefined }
);

export interface DecodedBody {
  readonly body: unknown;
  readonly document: JsonDocument | undefined;
  /** It cannot be parsed as its media type. */
  readonly isMalformed: boolean;
}

const MALFORMED: DecodedBody = { body: undefined, document: undefined, isMalformed: true };

/** Decodes the bodies of one media type of an operation. */
export class BodyDecoder {
  readonly #fields: ParameterDecoder;

  constructor(private readonly content: RequestContent) {
    const texts = content.fields.filter(({ value }) => value.kind !== 'file');
    this.#fields = new ParameterDecoder(texts, '', true, content.kind === 'form');
  }

  decode(
    { bytes, parts }: ReceivedBody,
    validators: CompiledOperation['validators'],
    errors: RequestErrors,
  ): DecodedBody {
    const { kind, mediaType } = this.content;
    const validate = validators.body[mediaType] ?? null;
    if (kind === 'binary') return { body: bytes, document: undefined, isMalformed: false };
    if (bytes && !isUtf8(bytes)) {
      errors.add('', 'is not UTF-8');
      return MALFORMED;
    }
    if (kind === 'json') return this.#json(bytes ?? Buffer.alloc(0), validate, errors);
    const text = bytes ? bytes.toString('utf8') : '';
    const body =
      kind === 'text' ? text : parts ? this.#multipart(parts, errors) : this.#fields.decode(queryTexts(text), errors);
    return { body: errors.check(validate, body, ''), document: undefined, isMalformed: false };
  }

  #json(bytes: Buffer, validate: Parameters<RequestErrors['check']>[0], errors: RequestErrors): DecodedBody {
    try {
      const { verbatim, closed } = this.content;
      const document = JsonDocument.parse(bytes, verbatim, closed);
      for (const error of document.inexactNumbers(verbatim)) errors.add(error.pointer, error.detail);
      return { body: errors.check(validate, document.value, ''), document, isMalformed: false };
    } catch (error) {
      if (error instanceof UnknownProperties) {
        for (const pointer of error.pointers) errors.add(pointer, UNKNOWN_DETAIL);
        return { ...MALFORMED, isMalformed: false };
      }
      if (!(error instanceof JsonError)) throw error;
      errors.add(error.details.pointer, error.details.detail);
      return MALFORMED;
    }
  }

  #multipart({ fields, files }: MultipartParts, errors: RequestErrors): Values {
    const form = this.#fields.decode(fields, errors);
    for (const { name, value } of this.content.fields) {
      const own = files.get(name) ?? [];
      const pointer = `/${escapePointer(name)}`;
      if (value.kind !== 'file') {
        if (own.length > 0) errors.add(pointer, 'must not be a file');
        continue;
      }
      if (Object.hasOwn(form, name)) errors.add(pointer, 'must be a file');
      if (own.length > 1 && !value.isList) errors.add(pointer, 'is given more than once');
      if (value.mediaTypes.length > 0 && !own.every((file) => isOneOf(file, value.mediaTypes)))
        errors.add(pointer, `must be ${value.mediaTypes.join(' or ')}`);
      if (own.length > 0) form[name] = value.isList ? own : own[0];
    }
    const known = new Set(this.content.fields.map(({ name }) => name));
    for (const [name, own] of files) if (!known.has(name)) form[name] = oneOrAll([form[name] ?? [], own].flat());
    return form;
  }
}

function isOneOf({ mediaType }: UploadedFile, ranges: readonly string[]): boolean {
  const essence = parseMediaType(mediaType)?.essence ?? '';
  return ranges.some((range) => isInRange(essence, range));
}
