import type { Document, Schema } from '../model/document.js';
import { schemasIn } from '../model/json-types.js';
import { isReference, lookUp } from '../model/reference.js';
import { type Path, stepsOf } from '../source/pointer.js';
import type { Report } from './walk.js';

/**
 * Reports defaults and readOnly properties of requests within oneOf, anyOf and not. They change the value while it is
 * validated, which must not happen in a branch that turns out not to be the one.
 *
 * @param document - where references lead
 * @param report - is told
 * @returns a function for each schema of a request, with its place
 */
export function compositionChecker(document: Document, report: Report): (schema: unknown, path: Path) => void {
  const seen = new Map<unknown, Set<boolean>>();

  function visit(given: unknown, path: Path, composed: boolean): void {
    if (isReference(given)) {
      visit(lookUp(document, given.$ref), stepsOf(given.$ref) ?? path, composed);
      return;
    }
    if (typeof given !== 'object' || given === null) return;
    const known = seen.get(given) ?? new Set();
    seen.set(given, known);
    if (known.has(composed)) return;
    known.add(composed);
    const schema = given as Schema;
    const isDiscriminated = 'discriminator' in schema;
    if (composed) {
      for (const keyword of ['default', 'readOnly']) {
        if (keyword in schema && schema[keyword] !== false)
          report([...path, keyword], `has no effect within oneOf, anyOf or not: leave it out, or add a discriminator`);
      }
    }
    for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
      const isChoice = keyword !== 'allOf' && !isDiscriminated;
      for (const [index, part] of schemasIn(schema[keyword]).entries()) {
        visit(part, [...path, keyword, String(index)], composed || isChoice);
      }
    }
    visit(schema.not, [...path, 'not'], true);
    for (const keyword of ['items', 'additionalProperties']) visit(schema[keyword], [...path, keyword], composed);
    for (const [name, property] of Object.entries(Object(schema.properties)))
      visit(property, [...path, 'properties', name], composed);
  }

  return (schema, path) => visit(schema, path, false);
}
