import { basename, extname } from 'node:path';
import { ContractError, type Rejection } from '../contract-error.js';
import { type Path, pointerOf, stepsOf, valueAt } from './pointer.js';
import { readSource, type SourceFile, siblingOf } from './source.js';

/** A contract in one document, which knows the source of its values. */
export interface Bundle {
  /** The name of its main file. */
  readonly name: string;
  readonly document: unknown;
  /** Makes a rejection at a path of the document. */
  reject(path: Path, what: string): Rejection;
}

interface Origin {
  readonly file: SourceFile;
  readonly path: Path;
}

/** Where schema references occur: under these keywords, or in lists and maps under them. */
const SCHEMA_KEYWORDS = new Set(['schema', 'items', 'not', 'additionalProperties']);
const SCHEMA_CONTAINERS = new Set(['properties', 'allOf', 'oneOf', 'anyOf', 'schemas']);

/**
 * Reads a contract and all files that it refers to. A schema of another file becomes one of `components.schemas`, under
 * its own name. Other references and path items, which have no place in `components`, are copied to where they are
 * used.
 *
 * @param contractFile - path of an OpenAPI 3.0 document, YAML or JSON
 * @throws ContractError if a file cannot be read, or a reference has no target
 */
export async function readBundle(contractFile: string): Promise<Bundle> {
  const bundler = new Bundler(contractFile);
  return bundler.bundle();
}

class Bundler {
  readonly #root: string;
  readonly #files = new Map<string, SourceFile>();
  readonly #origins = new WeakMap<object, Origin>();
  /** Names of the schemas from other files, by file and pointer. */
  readonly #names = new Map<string, string>();
  readonly #schemas: Record<string, unknown> = {};
  readonly #rejections: Rejection[] = [];
  #taken = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  async bundle(): Promise<Bundle> {
    const main = await this.#load(this.#root);
    const own = valueAt(main.value, ['components', 'schemas']);
    this.#taken = new Set(Object.keys(typeof own === 'object' && own !== null ? own : {}));
    const document = await this.#copy(main.value, { file: main, path: [] }, []);
    if (this.#rejections.length > 0) throw new ContractError(this.#rejections);
    if (Object.keys(this.#schemas).length > 0) this.#addSchemas(document);
    return {
      name: main.name,
      document,
      reject: (path, what) => ({ ...this.#locate(document, path, main), pointer: pointerOf(path), what }),
    };
  }

  async #load(path: string): Promise<SourceFile> {
    const known = this.#files.get(path);
    if (known) return known;
    const file = await readSource(path, this.#root);
    this.#files.set(path, file);
    return file;
  }

  /** Copies a value, with references to other files replaced. `trail`: the copies around this one. */
  async #copy(value: unknown, origin: Origin, trail: readonly string[]): Promise<unknown> {
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value && typeof value.$ref === 'string') {
      const replaced = await this.#follow(value.$ref, origin, trail);
      for (const key of replaced === undefined ? [] : Object.keys(value).filter((one) => one !== '$ref')) {
        const beside = { file: origin.file, path: [...origin.path, key] };
        this.#say(beside, `nothing counts next to $ref in OpenAPI 3.0: leave ${key} out`);
      }
      if (replaced !== undefined) return replaced;
    }
    const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [] : {};
    this.#origins.set(copy, origin);
    for (const [key, member] of Object.entries(value)) {
      const place = { file: origin.file, path: [...origin.path, key] };
      const isMapping = origin.path.at(-1) === 'mapping' && origin.path.at(-2) === 'discriminator';
      const copied = isMapping ? await this.#mapped(member, place) : await this.#copy(member, place, trail);
      const written = isMapping || key === '$ref' ? decoded(copied) : copied;
      Object.defineProperty(copy, key, { value: written, enumerable: true, writable: true, configurable: true });
    }
    return copy;
  }

  /** The replacement of a reference; undefined if it stays. */
  async #follow(reference: string, origin: Origin, trail: readonly string[]): Promise<unknown> {
    const isPathItem = origin.path.at(-2) === 'paths' && origin.path.length === 2;
    if (reference.startsWith('#') && origin.file.path === this.#root && !isPathItem) return undefined;
    const target = await this.#target(reference, origin);
    if (target === null) return undefined;
    const key = `${target.file.path}${pointerOf(target.path)}`;
    if (isSchemaPlace(origin.path)) {
      const name = await this.#schemaName(key, target);
      const replacement = { $ref: `#/components/schemas/${name}` };
      this.#origins.set(replacement, origin);
      return replacement;
    }
    if (trail.includes(key)) {
      this.#say(origin, `${reference} leads back to itself`);
      return undefined;
    }
    return this.#copy(valueAt(target.file.value, target.path), target, [...trail, key]);
  }

  async #mapped(value: unknown, origin: Origin): Promise<unknown> {
    if (typeof value !== 'string' || !/#\/|\.(ya?ml|json)$/.test(value)) return value;
    if (value.startsWith('#') && origin.file.path === this.#root) return value;
    const target = await this.#target(value, origin);
    if (target === null) return value;
    const name = await this.#schemaName(`${target.file.path}${pointerOf(target.path)}`, target);
    return `#/components/schemas/${name}`;
  }

  async #target(reference: string, origin: Origin): Promise<Origin | null> {
    const [file = '', fragment = ''] = reference.split('#');
    if (/^[a-z][a-z0-9+.-]*:/i.test(file)) {
      this.#say(origin, `${reference} is on the network, where it may change: copy the file next to the contract`);
      return null;
    }
    const path = stepsOf(`#${fragment}`);
    try {
      const source = file === '' ? origin.file : await this.#load(siblingOf(origin.file, file));
      if (path && valueAt(source.value, path) !== undefined) return { file: source, path };
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      this.#say(origin, `${reference} cannot be read: ${error.rejections[0]?.what}`);
      return null;
    }
    this.#say(origin, `${reference} does not exist`);
    return null;
  }

  async #schemaName(key: string, target: Origin): Promise<string> {
    const isOfMain = target.file.path === this.#root && target.path[1] === 'schemas' && target.path.length === 3;
    if (isOfMain) return target.path[2] ?? '';
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const stem = target.path.at(-1) ?? basename(target.file.path, extname(target.file.path));
    const wanted = stem.replace(/[^A-Za-z0-9._-]/g, '_');
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}${count}`;
    this.#taken.add(name);
    // The name is set before the schema is copied, because it may refer to itself.
    this.#names.set(key, name);
    this.#schemas[name] = await this.#copy(valueAt(target.file.value, target.path), target, []);
    return name;
  }

  #addSchemas(document: unknown): void {
    if (typeof document !== 'object' || document === null) return;
    const components = objectAt(document, 'components');
    Object.assign(objectAt(components, 'schemas'), this.#schemas);
  }

  #say(origin: Origin, what: string): void {
    const { file, path } = origin;
    this.#rejections.push({ file: file.name, line: file.lineOf(path), pointer: pointerOf(path), what });
  }

  #locate(document: unknown, path: Path, main: SourceFile): { file: string; line: number } {
    let origin: Origin = { file: main, path: [] };
    let value = document;
    path.forEach((step, index) => {
      value = valueAt(value, [step]);
      const own = typeof value === 'object' && value !== null ? this.#origins.get(value) : undefined;
      origin = own ?? { file: origin.file, path: [...origin.path, path[index] ?? step] };
    });
    return { file: origin.file.name, line: origin.file.lineOf(origin.path) };
  }
}

/**
 * Normalises the spelling of a reference within the document, for comparison, unless it has an encoded percent sign.
 */
function decoded(reference: unknown): unknown {
  const steps = typeof reference === 'string' && !reference.includes('%25') ? stepsOf(reference) : null;
  return steps === null ? reference : pointerOf(steps);
}

function isSchemaPlace(path: Path): boolean {
  const container = path.at(-2) ?? '';
  return SCHEMA_CONTAINERS.has(container) || SCHEMA_KEYWORDS.has(path.at(-1) ?? '');
}

function objectAt(parent: object, key: string): object {
  const known: unknown = Reflect.get(parent, key);
  if (typeof known === 'object' && known !== null) return known;
  const made = {};
  Reflect.set(parent, key, made);
  return made;
}
