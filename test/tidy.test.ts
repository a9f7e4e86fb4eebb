import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  /** Path from the root of the package, with `.ts`. */
  readonly target: string;
  readonly isType: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** Of this package's own files. */
  readonly imports: readonly Import[];
}

function load(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = posix.join(folder, ...relative('.', name).split(/[\\/]/));
      const text = readFileSync(join(root, path), 'utf8');
      const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
      return { path, text, tree, imports: importsOf(path, tree) };
    });
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  function add(specifier: ts.Node | undefined, isType: boolean): void {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    found.push({ target: posix.join(dirname(path), specifier.text).replace(/\.js$/, '.ts'), isType });
  }
  visit(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, onlyTypes(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
  });
  return found;
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause || clause.isTypeOnly) return clause !== undefined;
  const { name, namedBindings } = clause;
  return (
    !name &&
    !!namedBindings &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

function visit(node: ts.Node, onNode: (node: ts.Node) => void): void {
  onNode(node);
  node.forEachChild((child) => visit(child, onNode));
}

/** Where in a file the nodes are that a rule forbids, as `path:line`. */
function placesOf({ path, tree }: SourceFile, isForbidden: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  visit(tree, (node) => {
    if (isForbidden(node)) places.push(`${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`);
  });
  return places;
}

const source = load('src');

/** Imports that a rule does not allow, as `file -> file`. */
function strayImports(files: readonly SourceFile[], isAllowed: (target: string, isType: boolean) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter(({ target, isType }) => !isAllowed(target, isType)).map(({ target }) => `${path} -> ${target}`),
  );
}

const isIn = (target: string, ...places: readonly string[]) =>
  places.some((place) => target.startsWith(`src/${place}`));

describe('the source is tidy', () => {
  it('was found', () => {
    expect(source.length).to.be.greaterThan(50);
    expect(source.find(({ path }) => path === 'src/service.ts')?.imports.length).to.be.greaterThan(10);
  });

  describe('the direction of imports', () => {
    it('nothing imports what stands above it', () => {
      const below = source.filter(({ path }) => !isIn(path, 'main.ts', 'cli/'));
      expect(strayImports(below, (target) => !isIn(target, 'main.ts', 'cli/'))).to.deep.equal([]);
      const inner = below.filter(({ path }) => !isIn(path, 'app.ts', 'service.ts'));
      expect(strayImports(inner, (target) => !isIn(target, 'app.ts', 'service.ts'))).to.deep.equal([]);
    });

    it('one module alone imports what is generated', () => {
      const importers = source.filter(({ imports }) => imports.some(({ target }) => target.startsWith('generated/')));
      expect(importers.map(({ path }) => path)).to.deep.equal(['src/contract/contract.ts']);
    });

    it('no file is there that nothing imports', () => {
      const imported = new Set(source.flatMap(({ imports }) => imports.map(({ target }) => target)));
      const orphans = source.map(({ path }) => path).filter((path) => !imported.has(path));
      expect(orphans).to.deep.equal(['src/main.ts']);
    });

    it('every import leads to a file', () => {
      const known = new Set([...source, ...load('generated')].map(({ path }) => path));
      expect(strayImports(source, (target) => known.has(target))).to.deep.equal([]);
    });
  });

  describe('the process', () => {
    const declares = ({ tree }: SourceFile, name: string) => {
      let isDeclared = false;
      visit(tree, (node) => {
        const isBinding = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node);
        if (isBinding && ts.isIdentifier(node.name) && node.name.text === name) isDeclared = true;
      });
      return isDeclared;
    };

    it('is touched by main.ts alone', () => {
      const touches = (node: ts.Node) =>
        (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
        ts.isIdentifier(node.expression) &&
        node.expression.text === 'process';
      const places = source
        .filter((file) => file.path !== 'src/main.ts' && !declares(file, 'process'))
        .flatMap((file) => placesOf(file, touches));
      expect(places).to.deep.equal([]);
      const importers = source.filter(({ text }) => /from '(node:)?process'/.test(text));
      expect(importers.map(({ path }) => path)).to.deep.equal([]);
    });

    it('has an environment that only the configuration reads, but for the mark of a worker', () => {
      const reads = (node: ts.Node) =>
        (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) &&
        /(^|\.)env$/.test(node.expression.getText()) &&
        !/WORKER_VARIABLE/.test(node.getText());
      const outside = source.filter(({ path }) => !isIn(path, 'config/'));
      // The name of a setting's environment variable is also called `env`; what is read must be a variable's value.
      expect(outside.flatMap((file) => placesOf(file, reads))).to.deep.equal([]);
    });

    it('has a console that nobody writes to', () => {
      const writes = (node: ts.Node) =>
        ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'console';
      // The docs page's script runs in a browser, and is text here.
      expect(source.flatMap((file) => placesOf(file, writes))).to.deep.equal([]);
    });
  });

  describe('every file', () => {
    const others = ['scripts', 'test'].flatMap(load);
    const all = [...source, ...others];

    it('is free of leftovers', () => {
      const self = 'test/tidy.test.ts';
      const leftovers =
        /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck|eslint-disable|\b(?:describe|it|context)\.(?:only|skip)\(/;
      const found = all.filter(
        ({ path, text }) => path !== self && !path.startsWith('scripts/generate/') && leftovers.test(text),
      );
      expect(found.map(({ path }) => path)).to.deep.equal([]);
    });

    it('has errors that the compiler is to find only where that is what is tested', () => {
      const found = all.filter(
        ({ path, text }) => !/\.types\.ts$|tidy\.test\.ts$/.test(path) && text.includes('@ts-expect-error'),
      );
      expect(found.map(({ path }) => path)).to.deep.equal([]);
    });

    it('does without any and without !', () => {
      const isForbidden = (node: ts.Node) => node.kind === ts.SyntaxKind.AnyKeyword || ts.isNonNullExpression(node);
      expect(all.flatMap((file) => placesOf(file, isForbidden))).to.deep.equal([]);
    });

    it('has no default export', () => {
      const isDefault = (node: ts.Node) => ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
      const inSwitch = (node: ts.Node) => node.parent && ts.isDefaultClause(node.parent);
      expect(source.flatMap((file) => placesOf(file, (node) => isDefault(node) && !inSwitch(node)))).to.deep.equal([]);
    });

    it('is one idea: what is longer than this many lines is usually two', () => {
      const limitLines = 300;
      const long = source.filter(({ text }) => text.split('\n').length > limitLines);
      expect(long.map(({ path }) => path)).to.deep.equal([]);
    });
  });
});
