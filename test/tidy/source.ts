import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../support/program.js';

/** One import or re-export of a file of this repository. */
export interface Import {
  /** Path from the root of the repository, with `.ts`. */
  readonly target: string;
  /** The imported names; null for everything (`import *`, `export *`, `import()`). */
  readonly names: readonly string[] | null;
}

export interface SourceFile {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Parsed when it is first used. */
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** By path: several files of tests read the same sources. */
const sources = new Map<string, SourceFile>();

/**
 * Reads all TypeScript files below some folders.
 *
 * @param folders - paths from the root of the repository
 */
export function load(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(posix.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      // Hidden folders belong to tests that run at the same time.
      .filter((name) => name.endsWith('.ts') && !/node_modules|(?:^|[\\/])\./.test(name))
      .map((name) => {
        const path = posix.join(folder, ...name.split(/[\\/]/));
        const source = sources.get(path) ?? sourceOf(path);
        sources.set(path, source);
        return source;
      }),
  );
}

function sourceOf(path: string): SourceFile {
  const text = readFileSync(posix.join(ROOT, path), 'utf8');
  let tree: ts.SourceFile | undefined;
  let imports: readonly Import[] | undefined;
  return {
    path,
    text,
    get tree() {
      tree ??= ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
      return tree;
    },
    get imports() {
      imports ??= importsOf(path, this.tree);
      return imports;
    },
  };
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  function add(specifier: ts.Node | undefined, names: readonly string[] | null): void {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    found.push({ target: posix.join(dirname(path), specifier.text).replace(/\.js$/, '.ts'), names });
  }
  visit(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.importClause?.namedBindings));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, null);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], null);
  });
  return found;
}

function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] | null {
  if (!bindings || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) return null;
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

/** Calls back for a node and all its descendants. */
export function visit(node: ts.Node, onNode: (node: ts.Node) => void): void {
  onNode(node);
  node.forEachChild((child) => visit(child, onNode));
}

/** The places of nodes that a rule forbids, as `path:line`. */
export function placesOf({ path, tree }: SourceFile, isForbidden: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  visit(tree, (node) => {
    if (isForbidden(node)) places.push(`${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`);
  });
  return places;
}

/** A declaration that other files can import. */
export interface Export {
  readonly name: string;
  readonly isType: boolean;
  /** Whether the file itself mentions the name again: a type in an exported signature must be exported too. */
  readonly isMentioned: boolean;
}

/** The declarations that a file exports; re-exports are imports and do not count. */
export function exportsOf({ tree, text }: SourceFile): Export[] {
  return tree.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) return [];
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return declaredNames(statement).map((name) => {
      const mentions = text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? [];
      return { name, isType, isMentioned: mentions.length > 1 };
    });
  });
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

/**
 * The edges of a directed graph that are on a cycle.
 *
 * @param edges - pairs of node names
 */
export function edgesOnCycles(edges: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const reaches = (start: string, goal: string): boolean => {
    const seen = new Set<string>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node === goal) return true;
      if (seen.has(node)) continue;
      seen.add(node);
      open.push(...(next.get(node) ?? []));
    }
    return false;
  };
  return edges.filter(([from, to]) => from !== to && reaches(to, from));
}
