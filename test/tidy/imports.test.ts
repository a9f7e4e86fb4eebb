import { expect } from 'chai';
import { expectOnlyAllowed } from './allowed.js';
import { edgesOnCycles, exportsOf, load, type SourceFile } from './source.js';

const source = load('src');

/** The layers, from the top. A file imports from its own layer and from lower ones. */
const LAYERS = [
  ['src/main.ts'],
  ['src/cli'],
  ['src/app.ts'],
  ['src/payments', 'src/operators'],
  ['src/contract', 'src/http', 'src/store', 'src/observe', 'src/process', 'src/config'],
  ['src/scheduling'],
];

/** The entry of `src/` that a file belongs to: one of its folders, or the file itself. */
function partOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

const layerOf = (path: string) => LAYERS.findIndex((parts) => parts.includes(partOf(path)));

/** Every import of one file of `src/` by another. */
function edgesOf(files: readonly SourceFile[]): (readonly [string, string])[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter(({ target }) => target.startsWith('src/')).map(({ target }) => [path, target] as const),
  );
}

const edges = edgesOf(source);
const asText = ([from, to]: readonly [string, string]) => `${from} -> ${to}`;

describe('imports', () => {
  it('were found', () => {
    expect(source.length).to.be.greaterThan(50);
    expect(edges.filter(([from]) => from === 'src/app.ts').length).to.be.greaterThan(5);
  });

  it('come from files that have a layer', () => {
    expect(source.map(({ path }) => path).filter((path) => layerOf(path) < 0)).to.deep.equal([]);
  });

  it('lead down: main, cli, app, then the product and its operators, then the engine', () => {
    const upward = edges.filter(([from, to]) => layerOf(from) > layerOf(to));
    expectOnlyAllowed('upward imports', upward.map(asText));
  });

  it('never lead from the product to the operators’ endpoints, or back', () => {
    const product = ['src/payments', 'src/operators'];
    const across = edges.filter(
      ([from, to]) => partOf(from) !== partOf(to) && [from, to].every((path) => product.includes(partOf(path))),
    );
    expectOnlyAllowed('imports between product and operators', across.map(asText));
  });

  it('make no cycle of files, types included', () => {
    expectOnlyAllowed('cycles of files', edgesOnCycles(edges).map(asText));
  });

  it('make no cycle of folders, types included', () => {
    const betweenParts = edges.map(([from, to]) => [partOf(from), partOf(to)] as const);
    expectOnlyAllowed('cycles of folders', edgesOnCycles(betweenParts).map(asText));
  });

  it('of generated code are in one module', () => {
    const importers = source.filter(({ imports }) => imports.some(({ target }) => target.startsWith('generated/')));
    expect(importers.map(({ path }) => path)).to.have.length(1);
    expect(importers.map(({ path }) => partOf(path))).to.deep.equal(['src/contract']);
  });

  it('lead to files that exist', () => {
    const known = new Set([...source, ...load('generated')].map(({ path }) => path));
    const lost = source.flatMap(({ path, imports }) =>
      imports.filter(({ target }) => !known.has(target)).map(({ target }) => `${path} -> ${target}`),
    );
    expect(lost).to.deep.equal([]);
  });

  it('use every file', () => {
    const imported = new Set(edges.map(([, target]) => target));
    expect(source.map(({ path }) => path).filter((path) => !imported.has(path))).to.deep.equal(['src/main.ts']);
  });

  it('use every export', () => {
    const users = [...source, ...load('scripts', 'test', 'generated', 'bench')];
    const used = new Set<string>();
    for (const { target, names } of users.flatMap(({ imports }) => imports)) {
      for (const name of names ?? ['*']) used.add(`${target} ${name}`);
    }
    const unused = source.flatMap((file) =>
      exportsOf(file)
        .filter(({ name }) => !used.has(`${file.path} ${name}`) && !used.has(`${file.path} *`))
        .filter(({ isType, isMentioned }) => !isType || !isMentioned)
        .map(({ name }) => `${file.path} ${name}`),
    );
    expectOnlyAllowed('unused exports', unused);
  });
});
