import ts from 'typescript';
import { expectOnlyAllowed } from './allowed.js';
import { load, type SourceFile, visit } from './source.js';

/** Where the product may be named: the product itself, and example data of commands. */
const PRODUCT = /^src\/payments\/|^src\/cli\/example-/;
/** The composition root may use its imports from the product by name. */
const COMPOSITION = 'src/app.ts';
const WORD = /payment/i;

/**
 * The file's text without the specifiers of its imports from the product and, in `app.ts`, without the imported names.
 */
function withoutImports({ path, tree, text }: SourceFile): string {
  const cuts: ts.Node[] = [];
  const names = new Set<string>();
  visit(tree, (node) => {
    if (!ts.isImportDeclaration(node) || !/\/payments\//.test(node.moduleSpecifier.getText(tree))) return;
    cuts.push(node.moduleSpecifier);
    const bindings = node.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) names.add(name.text);
    if (bindings && ts.isNamespaceImport(bindings)) names.add(bindings.name.text);
  });
  if (path === COMPOSITION) {
    visit(tree, (node) => {
      if (ts.isIdentifier(node) && names.has(node.text)) cuts.push(node);
    });
  }
  return [...cuts]
    .sort((one, other) => other.getStart(tree) - one.getStart(tree))
    .reduce((rest, node) => rest.slice(0, node.getStart(tree)) + rest.slice(node.getEnd()), text);
}

describe('the product', () => {
  it('is not named in the engine', () => {
    const files = load('src').filter(({ path }) => !PRODUCT.test(path));
    const naming = files.filter((file) => WORD.test(file.path) || WORD.test(withoutImports(file)));
    expectOnlyAllowed(
      'files that name the product',
      naming.map(({ path }) => path),
    );
  });
});
