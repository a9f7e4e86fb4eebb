import { existsSync } from 'node:fs';
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
