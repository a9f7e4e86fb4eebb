import { distance } from 'fastest-levenshtein';
import { type Path, pointerOf, stepsOf, valueAt } from '../source/pointer.js';
import { KEYWORDS, type Keyword, type Kind, type KindKeywords } from './keywords.js';
import { EXTENSIONS, FOREIGN, REFERABLE } from './vocabulary.js';

/** Reports an error at a path. */
export type Report = (path: Path, what: string) => void;

/** An object of the document and its path. */
export interface Visited {
  readonly kind: Kind;
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  count: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
};

/**
 * Walks a whole document by the table of keywords, and reports unknown and rejected keywords and values of a wrong
 * type.
 *
 * @returns all objects, in document order
 */
export function walk(document: unknown, report: Report): Visited[] {
  const visited: Visited[] = [];
  const references: Visited[] = [];
  const kinds = new Map<string, Kind>();

  function visitShape(shape: string, value: unknown, path: Path): void {
    const alternatives = shape.split('|');
    const fitting = alternatives.find((one) => hasShape(one, value));
    if (fitting === undefined) {
      report(path, `must be ${alternatives.map(inWords).join(' or ')}`);
      return;
    }
    const inner = /^[[{]?(\w+)[\]}]?$/.exec(fitting)?.[1] ?? '';
    if (fitting === inner) {
      if (isKind(inner)) visitKind(inner, value, path);
      return;
    }
    for (const [key, item] of Object.entries(Object(value))) visitShape(inner, item, [...path, key]);
  }

  function visitKind(kind: Kind, given: unknown, path: Path): void {
    const value = asObject(given);
    if ('$ref' in value && REFERABLE.has(kind)) {
      references.push({ kind, path, value });
      return;
    }
    kinds.set(pointerOf(path), kind);
    visited.push({ kind, path, value });
    const keywords: KindKeywords = KEYWORDS[kind];
    for (const [name, keyword] of Object.entries(keywords)) {
      if (keyword.required && !Object.hasOwn(value, name)) report(path, `must have ${name}`);
    }
    const open = Object.entries(keywords).find(([name]) => name.startsWith('<'))?.[1];
    for (const [name, member] of Object.entries(value))
      visitKeyword(kind, keywords, open, name, member, [...path, name]);
  }

  function visitKeyword(
    kind: Kind,
    keywords: KindKeywords,
    open: Keyword | undefined,
    name: string,
    value: unknown,
    path: Path,
  ): void {
    if (name.startsWith('x-') && kind !== 'SecurityRequirement') {
      const home = name === 'x-optional' ? 'SecurityScheme' : 'Schema';
      if (Object.hasOwn(EXTENSIONS, name) && kind !== home)
        report(path, `${name} has no effect here: write it in a ${home}`);
      return;
    }
    const keyword = Object.hasOwn(keywords, name) ? keywords[name] : open;
    if (!keyword) report(path, unknownKeyword(kind, name, Object.keys(keywords)));
    else if (keyword.verdict === 'rejected') report(path, `${name} is not supported: ${keyword.note}`);
    else visitShape(keyword.shape, value, path);
  }

  visitShape('OpenAPI', document, []);
  for (const { kind, path, value } of references) checkReference(document, kinds, { kind, path, value }, report);
  return visited;
}

function checkReference(
  document: unknown,
  kinds: ReadonlyMap<string, Kind>,
  { kind, path, value }: Visited,
  report: Report,
) {
  const { $ref, ...rest } = value;
  for (const name of Object.keys(rest)) {
    report(
      [...path, name],
      `nothing counts next to $ref in OpenAPI 3.0: leave ${name} out${kind === 'Schema' ? ', or put the reference into allOf' : ''}`,
    );
  }
  if (typeof $ref !== 'string') {
    report([...path, '$ref'], 'must be a string');
    return;
  }
  const trail = new Set<string>();
  let pointer = $ref;
  for (;;) {
    const steps = stepsOf(pointer);
    const target = steps && valueAt(document, steps);
    if (!steps || target === undefined) {
      report([...path, '$ref'], `${$ref} does not exist`);
      return;
    }
    if (trail.has(pointer)) {
      report([...path, '$ref'], `${$ref} leads back to itself`);
      return;
    }
    trail.add(pointer);
    const next = asObject(target).$ref;
    if (typeof next !== 'string') {
      const found = kinds.get(pointerOf(steps));
      if (found !== kind)
        report(
          [...path, '$ref'],
          `${$ref} leads to ${found ? `a ${found}` : 'no object of OpenAPI'}, not to a ${kind}`,
        );
      return;
    }
    pointer = next;
  }
}

function hasShape(shape: string, value: unknown): boolean {
  if (shape.startsWith('[')) return Array.isArray(value);
  if (shape.startsWith('{') || isKind(shape))
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return TYPES[shape]?.(value) === true;
}

function inWords(shape: string): string {
  if (shape.startsWith('[')) return 'a list';
  if (shape === 'count') return 'an integer from 0';
  return shape.startsWith('{') || isKind(shape) ? 'an object' : `a ${shape}`;
}

function unknownKeyword(kind: Kind, name: string, known: readonly string[]): string {
  if (kind === 'Schema' && name === '$ref') return '$ref must be a string';
  const foreign = FOREIGN[name];
  if (foreign !== undefined && Object.hasOwn(FOREIGN, name))
    return `${name} is not a keyword of OpenAPI 3.0: ${foreign}`;
  const far = (one: string) => distance(one.toLowerCase(), name.toLowerCase());
  const near = [0, 1, 2].flatMap((most) => known.filter((one) => far(one) === most))[0];
  const advice = near ? `write ${near}` : `leave it out, or name it x-${name}`;
  return `${name} is not a keyword of a ${kind} in OpenAPI 3.0: ${advice}`;
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(KEYWORDS, name);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
