import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { PAGES } from '../../bench/harness/report/report.js';

describe('the pages of the benchmark', () => {
  const written = PAGES.filter(({ data }) => existsSync(data));

  it('were written by runs that kept their data', () => {
    expect(written).to.not.have.length(0);
  });

  for (const page of written) {
    it(`${page.file} and its plots match ${page.data} (otherwise: npm run bench -- --render)`, () => {
      const results = JSON.parse(readFileSync(page.data, 'utf8'));
      expect(readFileSync(page.file, 'utf8')).to.equal(page.text(results));
      for (const { file, svg } of page.plots(results)) {
        expect(readFileSync(`docs/benchmarks/${file}`, 'utf8'), file).to.equal(svg);
      }
    });
  }
});
