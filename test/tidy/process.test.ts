import { expect } from 'chai';
import ts from 'typescript';
import { load, placesOf, type SourceFile, visit } from './source.js';

const source = load('src');

describe('the process', () => {
  const declares = ({ tree }: SourceFile, name: string) => {
    let isDeclared = false;
    visit(tree, (node) => {
      const isBinding = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node);
      if (isBinding && ts.isIdentifier(node.name) && node.name.text === name) isDeclared = true;
    });
    return isDeclared;
  };

  it('is used only by main.ts', () => {
    const touches = (node: ts.Node) =>
      (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === 'process' &&
      // A tick does not change the process.
      !(ts.isPropertyAccessExpression(node) && node.name.text === 'nextTick');
    const places = source
      .filter((file) => file.path !== 'src/main.ts' && !declares(file, 'process'))
      .flatMap((file) => placesOf(file, touches));
    expect(places).to.deep.equal([]);
    const importers = source.filter(({ text }) => /from '(node:)?process'/.test(text));
    expect(importers.map(({ path }) => path)).to.deep.equal([]);
  });

  it('has an environment that only the configuration reads, except for the mark of a worker', () => {
    const reads = (node: ts.Node) =>
      (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) &&
      /(^|\.)env$/.test(node.expression.getText()) &&
      !/WORKER_VARIABLE/.test(node.getText());
    const outside = source.filter(({ path }) => !path.startsWith('src/config/'));
    // The name of a setting's environment variable is also called `env`; only reads of a variable's value count.
    expect(outside.flatMap((file) => placesOf(file, reads))).to.deep.equal([]);
  });

  it('has a console that no code writes to', () => {
    const writes = (node: ts.Node) =>
      ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'console';
    // The docs page's script runs in a browser, and is text here.
    expect(source.flatMap((file) => placesOf(file, writes))).to.deep.equal([]);
  });
});
