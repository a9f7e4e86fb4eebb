import { isTagList } from './rules.js';

const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  format: 'well-formed',
  pattern:
    '^[ \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$',
} as const;
const VERSION = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const AMOUNT = { type: 'string', maxLength: 64, pattern: '^(0*[1-9][0-9]*(\\.[0-9]+)?|0+\\.0*[1-9][0-9]*)$' } as const;

const payment = {
  type: 'object',
  properties: {
    id: NAME,
    version: VERSION,
    type: { type: 'string', enum: ['Payment'] },
    organisation_id: NAME,
    attributes: {
      type: 'object',
      required: ['amount'],
      properties: { amount: AMOUNT },
      additionalProperties: true,
    },
  },
  additionalProperties: false,
} as const;

function request(required: readonly string[]) {
  return {
    type: 'object',
    required: ['data'],
    properties: { data: { ...payment, required }, links: { type: 'object', additionalProperties: true } },
    additionalProperties: false,
  };
}

const links = { type: 'object', properties: { self: { type: 'string' }, next: { type: 'string' } } } as const;

/** The contract's rules as JSON schemas, in the format of Fastify's routes. */
export const schemas = {
  params: { type: 'object', required: ['id'], properties: { id: NAME } },
  pageQuery: {
    type: 'object',
    properties: {
      size: { type: 'integer', minimum: 1 },
      after: { type: 'string', minLength: 1, maxLength: 128 },
    },
    additionalProperties: false,
  },
  ifNoneMatch: tagHeader('if-none-match'),
  ifMatch: tagHeader('if-match'),
  create: request(['id', 'type', 'organisation_id', 'attributes']),
  update: request(['id', 'version', 'type', 'organisation_id', 'attributes']),
  paymentReply: { type: 'object', properties: { data: payment, links } },
  pageReply: { type: 'object', properties: { data: { type: 'array', items: payment }, links } },
} as const;

/** The formats of the contract that Ajv does not know. */
export const formats = {
  'well-formed': { validate: (value: string) => value.isWellFormed() },
  'entity-tags': { validate: isTagList },
};

function tagHeader(name: string) {
  return { type: 'object', properties: { [name]: { type: 'string', format: 'entity-tags' } } };
}
