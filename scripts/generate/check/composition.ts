import type { Content, Document, Operation, PathItem, Schema } from '../model/document.js';
import { schemasIn } from '../model/json-types.js';
import { defaultOf } from '../model/parameters.js';
import { follow, isReference, lookUp } from '../model/reference.js';
import { type Path, stepsOf } from '../source/pointer.js';
import { placeOf } from './contents.js';
import type { Report } from './walk.js';

/** Where a keyword has no effect: in one of several branches, or in a value whose text is kept. */
type Within = 'choice' | 'verbatim' | null;

const INEFFECTIVE = {
  choice: [['default', 'readOnly'], 'oneOf, anyOf or not: leave it out, or add a discriminator'],
  verbatim: [['default', 'readOnly', 'writeOnly'], 'x-verbatim, where the text of the value is kept: leave it out'],
} as const;

/**
 * Reports defaults and readOnly properties of requests within oneOf, anyOf and not: they change the value during
 * validation, and the branch may turn out not to match. Within x-verbatim they would change a value that is never read,
 * because its text is stored and sent. Defaults of required properties are reported too.
 *
 * @returns a function for each operation, with its path and the parameters of its path item
 */
export function compositionChecker(document: Document, report: Report) {
  const seen = new Map<unknown, Set<string>>();

  function visit(given: unknown, path: Path, outside: Within, takesDefault: boolean): void {
    if (isReference(given)) {
      visit(lookUp(document, given.$ref), stepsOf(given.$ref) ?? path, outside, takesDefault);
      return;
    }
    if (typeof given !== 'object' || given === null) return;
    const schema = given as Schema;
    const within = schema['x-verbatim'] === true ? 'verbatim' : outside;
    const known = seen.get(given) ?? new Set();
    seen.set(given, known);
    const state = `${within} ${takesDefault}`;
    if (known.has(state)) return;
    known.add(state);
    if (outside === null) checkDefaults(schema, path, takesDefault);
    const isDiscriminated = 'discriminator' in schema;
    const [keywords, advice] = outside === null ? [[], ''] : INEFFECTIVE[outside];
    for (const keyword of keywords) {
      if (keyword in schema && schema[keyword] !== false) report([...path, keyword], `has no effect within ${advice}`);
    }
    for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
      const isChoice = keyword !== 'allOf' && !isDiscriminated;
      for (const [index, part] of schemasIn(schema[keyword]).entries()) {
        visit(part, [...path, keyword, String(index)], within ?? (isChoice ? 'choice' : null), takesDefault);
      }
    }
    visit(schema.not, [...path, 'not'], within ?? 'choice', false);
    for (const keyword of ['items', 'additionalProperties']) visit(schema[keyword], [...path, keyword], within, false);
    for (const [name, property] of Object.entries(Object(schema.properties)))
      visit(property, [...path, 'properties', name], within, true);
  }

  function checkDefaults(schema: Schema, path: Path, takesDefault: boolean): void {
    if ('default' in schema && !takesDefault)
      report(
        [...path, 'default'],
        'has no effect here: only a property or a parameter is left out, and gets a default',
      );
    const { required, properties } = schema;
    const always = (Array.isArray(required) ? required : []).find(
      (name) => defaultOf(document, Object(properties)[name]) !== undefined,
    );
    if (always !== undefined)
      report(
        [...path, 'required'],
        `${always} is required, so that its default is never applied: leave out one of them`,
      );
  }

  return ({ parameters = [], requestBody }: Operation, path: Path, shared: PathItem['parameters'] = []): void => {
    const places = [
      ...shared.map((one, index) => [one, [...path.slice(0, -1), 'parameters', String(index)]] as const),
      ...parameters.map((one, index) => [one, [...path, 'parameters', String(index)]] as const),
    ];
    for (const [one, place] of places) {
      const { schema, content = {} } = follow(document, one);
      const at = placeOf(one, place);
      visit(schema, [...at, 'schema'], null, true);
      visitContent(content, at);
    }
    if (requestBody !== undefined)
      visitContent(follow(document, requestBody).content, placeOf(requestBody, [...path, 'requestBody']));
  };

  function visitContent(content: Content, at: Path): void {
    for (const [mediaType, { schema }] of Object.entries(content))
      visit(schema, [...at, 'content', mediaType, 'schema'], null, false);
  }
}
