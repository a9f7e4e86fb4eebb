import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program.js';
import { pages, read } from './markdown.js';

/** The anchor of a heading on GitHub and similar sites. */
function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
  return text.trim().replaceAll(' ', '-');
}

describe('links between pages', () => {
  for (const page of pages()) {
    it(`lead somewhere from ${page}`, () => {
      const text = read(page).replaceAll(/^```.*?^```/gms, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
      for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        expect(existsSync(join(ROOT, target)), `${page}: ${link}`).to.equal(true);
        if (anchor === undefined) continue;
        const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
        expect(anchors, `${page}: ${link}`).to.include(anchor);
      }
    });
  }
});

describe('names of files and code in pages', () => {
  let files: readonly string[];
  let code: string;

  before(() => {
    const folders = ['api', 'bench', 'clients/typescript/src', 'deploy', 'examples', 'scripts', 'src', 'test'];
    const inFolders = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    files = inFolders.filter((name) => /\.(ts|yml)$/.test(name) && !name.includes('node_modules'));
    code = files
      .filter((name) => name !== 'test/docs/links.test.ts')
      .map(read)
      .join('\n');
  });

  // The steps of docs/how-to.md create files.
  for (const page of [...pages(), 'test/README.md'].filter((path) => path !== 'docs/how-to.md')) {
    it(`exist: ${page}`, () => {
      const text = read(page).replaceAll(/^```.*?^```/gms, '');
      const named = [...text.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name);
      const inCode = named.filter((name) => /^([a-z]+[A-Z]|([A-Z][a-z]+){2})\w*$/.test(name));
      expect(inCode.filter((name) => !code.includes(name))).to.deep.equal([]);
      const paths = named.filter((name) => /^\w[\w/-]*\.(test\.)?(ts|yml)$/.test(name));
      expect(paths.filter((path) => !files.some((file) => `/${file}`.endsWith(`/${path}`)))).to.deep.equal([]);
    });
  }
});
