import { isUtf8 } from 'node:buffer';
import { type RequestErrors, UNKNOWN_DETAIL } from './errors.js';
import { JsonDocument, JsonError } from './json/json-document.js';
import { escapePointer } from './json/json-text.js';
import { UnknownProperties } from './json/large-json.js';
import { isInRange, parseMediaType } from './media-types.js';
import { oneOrAll, ParameterDecoder, queryTexts, type Values } from './parameters.js';
import type { CompiledOperation, RequestContent, Validator } from './types.js';

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
}

export const NO_BODY: DecodedBody = { body: undefined, document: undefined };

/** Decodes the bodies of one media type of an operation. */
export class BodyDecoder {
  readonly #fields: ParameterDecoder;
  readonly #validate: Validator | null;

  constructor(
    private readonly content: RequestContent,
    validators: CompiledOperation['validators'],
  ) {
    this.#validate = validators.body[content.mediaType] ?? null;
    const texts = content.fields.filter(({ value }) => value.kind !== 'file');
    this.#fields = new ParameterDecoder(texts, '', true, content.kind === 'form');
  }

  decode({ bytes, parts }: ReceivedBody, errors: RequestErrors): DecodedBody {
    const { kind } = this.content;
    if (kind === 'binary') return { body: bytes, document: undefined };
    if (bytes && !isUtf8(bytes)) {
      errors.addMalformed('', 'is not UTF-8');
      return NO_BODY;
    }
    if (kind === 'json') return this.#json(bytes ?? Buffer.alloc(0), errors);
    const text = bytes ? bytes.toString('utf8') : '';
    const body =
      kind === 'text' ? text : parts ? this.#multipart(parts, errors) : this.#fields.decode(queryTexts(text), errors);
    return { body: errors.check(this.#validate, body, ''), document: undefined };
  }

  #json(bytes: Buffer, errors: RequestErrors): DecodedBody {
    try {
      const { verbatim, closed } = this.content;
      const document = JsonDocument.parse(bytes, verbatim, closed);
      for (const error of document.inexactNumbers(verbatim)) errors.add(error.pointer, error.detail);
      return { body: errors.check(this.#validate, document.value, ''), document };
    } catch (error) {
      if (error instanceof JsonError) errors.addMalformed(error.details.pointer, error.details.detail);
      else if (!(error instanceof UnknownProperties)) throw error;
      else for (const pointer of error.pointers) errors.add(pointer, UNKNOWN_DETAIL);
      return NO_BODY;
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
