import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { ROOT } from '../support/program.js';
import { expectOnlyAllowed } from './allowed.js';
import { load, placesOf } from './source.js';

describe('every file', () => {
  const source = load('src');
  const all = [...source, ...load('scripts', 'test')];

  it('has no leftovers', () => {
    const self = 'test/tidy/files.test.ts';
    // Words that no other file may contain; this file and the generator, which writes one of them, are excluded below.
    const leftovers =
      /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck|eslint-disable|\b(?:describe|it|context)\.(?:only|skip)\(/;
    const found = all.filter(
      ({ path, text }) => path !== self && !path.startsWith('scripts/generate/') && leftovers.test(text),
    );
    expect(found.map(({ path }) => path)).to.deep.equal([]);
  });

  it('has expected compile errors only in tests of types', () => {
    const found = all.filter(
      ({ path, text }) => !/\.types\.ts$|tidy\/files\.test\.ts$/.test(path) && text.includes('@ts-expect-error'),
    );
    expect(found.map(({ path }) => path)).to.deep.equal([]);
  });

  it('has no default export', () => {
    const isDefault = (node: ts.Node) => ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
    const inSwitch = (node: ts.Node) => node.parent && ts.isDefaultClause(node.parent);
    expect(source.flatMap((file) => placesOf(file, (node) => isDefault(node) && !inSwitch(node)))).to.deep.equal([]);
  });

  it('is one idea: a file longer than 300 lines is usually two', () => {
    const limitLines = 300;
    const long = load('src', 'scripts').filter(({ text }) => text.split('\n').length > limitLines);
    expectOnlyAllowed(
      'files of more than 300 lines',
      long.map(({ path }) => path),
    );
  });
});

describe('every folder', () => {
  it('has at most 14 entries', () => {
    const limitEntries = 14;
    const folders = ['src', 'scripts'].flatMap((top) => [
      top,
      ...readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
    ]);
    const full = folders.filter((folder) => readdirSync(join(ROOT, folder)).length > limitEntries);
    expectOnlyAllowed('folders of more than 14 entries', full);
  });

  it('of tests is described in test/README.md', () => {
    const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const described = readFileSync(join(ROOT, 'test/README.md'), 'utf8').matchAll(/^\| `([a-z]+)\/`/gm);
    expect([...described].map(([, name]) => name)).to.deep.equal(folders.map(({ name }) => name).sort());
  });
});
