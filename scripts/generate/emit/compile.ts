import { _, Ajv, type CodeKeywordDefinition, str } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import formatsPlugin from 'ajv-formats';
import type { Schema } from '../model/document.js';
import type { Direction } from '../model/json-schema.js';
import { isMultipleOf, isUnique, runtimeModuleName } from './runtime.js';

export type Compiler = ReturnType<typeof createCompiler>;

/** Validates schemas for all compilers: each would compile the meta-schema again, which takes longer than most schemas. */
const metaSchema = new Ajv();

/**
 * Compiles the JSON schemas of one direction.
 *
 * @param direction - request validation applies defaults and drops readOnly properties; replies never change
 */
export function createCompiler(direction: Direction) {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    // These two forbid what OpenAPI allows, such as required properties that are described elsewhere.
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    discriminator: true,
    ...{ meta: false, validateSchema: false },
    useDefaults: direction === 'request',
    code: { source: true, esm: true, lines: true, formats: _`require(${runtimeModuleName}).formats` },
  });
  formatsPlugin.default(ajv);
  // In ajv-formats every integer is an int64; checking it would only report fractions twice.
  ajv.addFormat('int64', true);
  // That of ajv-formats also accepts a URN.
  ajv.addFormat('uuid', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i);
  ajv.addFormat('url', (text) => URL.canParse(text));
  ajv.addFormat('well-formed', (text) => text.isWellFormed());
  ajv.addKeyword('x-detail');
  ajv.addKeyword(ignored);
  for (const own of [multipleOf, uniqueItems]) {
    ajv.removeKeyword(own.keyword);
    ajv.addKeyword(own);
  }
  for (const keyword of ['pattern', 'format']) explainInContractsWords(ajv, keyword);

  /** Adds a named schema, for references. */
  function add(id: string, schema: Schema): void {
    metaSchema.validateSchema(schema, true);
    ajv.addSchema({ ...schema, $id: id });
  }

  return {
    add,
    /** Validates a value against a schema, which may refer to the added ones. Null if it is valid, else the error. */
    errorOf(schema: Schema, value: unknown): string | null {
      metaSchema.validateSchema(schema, true);
      const validate = ajv.compile(schema);
      if (validate(structuredClone(value))) return null;
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`.trim()).join('; ');
    },
    /**
     * Source of an ES module that exports a validator for each schema, by its name. It imports Ajv's helpers and the
     * run-time module; `bundle` makes it self-contained.
     */
    sourceOf(schemas: ReadonlyMap<string, Schema>): string {
      for (const [name, schema] of schemas) add(name, schema);
      for (const name of schemas.keys()) ajv.getSchema(name);
      return standalone.default(ajv, Object.fromEntries([...schemas.keys()].map((name) => [name, name])));
    },
  };
}

/** Drops a readOnly property of a request. */
const ignored: CodeKeywordDefinition = {
  keyword: 'ignored',
  schemaType: 'boolean',
  code({ gen, it }) {
    gen.code(_`delete ${it.parentData}[${it.parentDataProperty}]`);
  },
};

/** Ajv divides doubles. */
const multipleOf = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  error: {
    message: ({ schemaCode }) => str`must be a multiple of ${schemaCode}`,
    params: ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`,
  },
  code(context) {
    const { gen, data, schemaCode } = context;
    const check = gen.scopeValue('func', { ref: isMultipleOf, code: _`require(${runtimeModuleName}).isMultipleOf` });
    context.fail(_`!${check}(${data}, ${schemaCode})`);
  },
} satisfies CodeKeywordDefinition;

/** Ajv compares each pair. */
const uniqueItems = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must not have an item twice' },
  code(context) {
    const { gen, data, schema } = context;
    const check = gen.scopeValue('func', { ref: isUnique, code: _`require(${runtimeModuleName}).isUnique` });
    if (schema === true) context.fail(_`!${check}(${data})`);
  },
} satisfies CodeKeywordDefinition;

/**
 * Lets a schema explain its pattern, or else its format, in its own words, as `x-detail`: a regular expression is no
 * explanation.
 */
function explainInContractsWords(ajv: Ajv, keyword: string): void {
  const definition = ajv.getKeyword(keyword);
  if (typeof definition !== 'object' || definition.error === undefined) return;
  const { message, params } = definition.error;
  ajv.removeKeyword(keyword);
  ajv.addKeyword({
    ...definition,
    error: {
      ...(params === undefined ? {} : { params }),
      message: (context) => {
        const { 'x-detail': detail, pattern, format } = context.parentSchema ?? {};
        const isExplained = keyword === 'pattern' || pattern === undefined;
        if (typeof detail === 'string' && isExplained) return str`${detail}`;
        if (keyword === 'format' && format === 'well-formed') return str`must not contain lone surrogates`;
        return typeof message === 'function' ? message(context) : (message ?? '');
      },
    },
  });
}
