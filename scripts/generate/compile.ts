import { _, Ajv, str } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import formatsPlugin from 'ajv-formats';
import { ContractError } from './contract-error.js';
import { formatsModuleName } from './formats.js';
import type { SchemaTable } from './schema-table.js';

/**
 * Compiles schemas to the source of an ES module that exports one validator for each, reporting all faults at once.
 * It still imports Ajv's helpers and the formats; `bundle` makes it self-contained.
 *
 * @param contractName - named in errors
 * @param schemas - JSON schemas and their names
 * @throws ContractError naming the first schema that does not compile, and why
 */
export function compileSchemas(contractName: string, schemas: SchemaTable): string {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    code: { source: true, esm: true, lines: true, formats: _`require(${formatsModuleName}).formats` },
  });
  formatsPlugin.default(ajv);
  // Every integer is an int64 to ajv-formats: checked, it would only report a fraction twice.
  ajv.addFormat('int64', true);
  ajv.addFormat('well-formed', (text) => text.isWellFormed());
  ajv.addKeyword('x-detail');
  for (const keyword of ['pattern', 'format']) explainInContractsWords(ajv, keyword);
  for (const { name, schema, where } of schemas.entries()) {
    try {
      ajv.compile({ ...schema, $id: name });
    } catch (error) {
      throw new ContractError(contractName, [{ where, what: error instanceof Error ? error.message : String(error) }]);
    }
  }
  return standalone.default(ajv, Object.fromEntries(schemas.names().map((name) => [name, name])));
}

/**
 * Lets a schema say in its own words, as `x-detail`, which rule a pattern or a format stands for: a regular expression
 * is no explanation.
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
        const detail: unknown = context.parentSchema?.['x-detail'];
        if (typeof detail === 'string') return str`${detail}`;
        return typeof message === 'function' ? message(context) : message;
      },
    },
  });
}
