import { readFile } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document as YamlDocument,
} from 'yaml';
import { isExactNumber } from '../../../src/contract/json/json-text.js';
import { ContractError, type Rejection } from '../contract-error.js';
import { decodeStep, type Path, pointerOf } from './pointer.js';

/** A parsed file of a contract, with line numbers. */
export interface SourceFile {
  readonly path: string;
  /** For messages: the file and its folder, never an absolute path. */
  readonly name: string;
  readonly value: unknown;
  /** The line of a value, or of its nearest existing parent. */
  lineOf(path: Path): number;
}

/**
 * Reads a file of a contract, YAML or JSON.
 *
 * @param root - path of the contract's main file, to which names are relative
 * @throws ContractError if it cannot be read or is not YAML
 */
export async function readSource(path: string, root: string): Promise<SourceFile> {
  const folder = dirname(dirname(root));
  const name = normalize(path).startsWith(folder) ? normalize(path).slice(folder.length + 1) : basename(path);
  const text = await readText(path, name);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: false,
    uniqueKeys: isSameKey,
  });
  const rejections: Rejection[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    ...at(name, lines.linePos(pos[0]).line),
    what: message,
  }));
  visit(document, {
    Alias(_key, alias, parents) {
      const target = alias.resolve(document);
      const isLoop = target !== undefined && parents.includes(target);
      const what = `the alias *${alias.source} ${isLoop ? 'is within its own anchor' : 'has no anchor before it'}`;
      if (isLoop || target === undefined)
        rejections.push({ ...at(name, lines.linePos(alias.range?.[0] ?? 0).line), what });
    },
    Scalar(_key, scalar, parents) {
      const { value, source = '', range } = scalar;
      if (typeof value !== 'number' || !NUMBER.test(source) || isHeld(value, source)) return;
      const steps = parents.flatMap((node, index) => {
        if (isSeq(node)) return [String(node.items.indexOf(parents[index + 1] ?? scalar))];
        return isPair(node) ? [String(node.key)] : [];
      });
      // Other numbers are only shown, in examples and extensions.
      if (!steps.some((step) => ENFORCED.has(step))) return;
      const what = `${source} has more digits than a double holds`;
      rejections.push({ ...at(name, lines.linePos(range?.[0] ?? 0).line), pointer: pointerOf(steps), what });
    },
  });
  if (rejections.length > 0) throw new ContractError(rejections);
  return {
    path,
    name,
    value: document.toJS({ maxAliasCount: -1 }),
    lineOf: (steps) => lines.linePos(offsetOf(document, steps)).line,
  };
}

/** `200` and `'200'` are one key to JSON. */
function isSameKey(one: unknown, other: unknown): boolean {
  return isScalar(one) && isScalar(other) && String(one.value) === String(other.value);
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Keywords whose numbers are compared with those of clients. */
const ENFORCED = new Set(['minimum', 'maximum', 'multipleOf', 'enum', 'default']);

/** The maximum of an int64, as a limit: numbers that a double cannot represent are rejected anyway. */
const INT64_MAX = '9223372036854775807';

/** Whether a double represents the number exactly, even if its shortest decimal has other digits (2^64). */
function isHeld(value: number, source: string): boolean {
  if (isExactNumber(source) || source === INT64_MAX) return true;
  return Number.isInteger(value) && /^-?\d+$/.test(source) && BigInt(source) === BigInt(value);
}

/** The file of a reference, relative to the file that contains it. */
export function siblingOf(file: SourceFile, reference: string): string {
  return join(dirname(file.path), decodeStep(reference));
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ContractError([{ ...at(name, 1), what: `cannot be read${code}` }]);
  }
}

function at(file: string, line: number): Omit<Rejection, 'what'> {
  return { file, line, pointer: pointerOf([]) };
}

/** The offset of a value's key, or of a list item, in the text; if a step does not exist, that of its parent. */
function offsetOf(document: YamlDocument, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (!pair) return offset;
      offset = rangeOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = rangeOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function rangeOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
