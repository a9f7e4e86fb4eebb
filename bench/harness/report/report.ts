import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ROOT_DIR } from '../paths.js';
import type { Results } from '../run.js';
import { comparisonPage } from './comparison-page.js';
import { growthPage } from './growth-page.js';
import { growthPlots } from './growth-plots.js';
import { type Plot, plotsOf } from './plots.js';

/** Plots, and the data of the pages, so that one kind of run does not delete the results of the other. */
const FOLDER = 'docs/benchmarks';

/** A page in docs/. Paths are relative to the repository's root. */
export interface Page {
  readonly file: string;
  /** The file with its data. */
  readonly data: string;
  /** The whole file. */
  text(results: Results): string;
  plots(results: Results): readonly Plot[];
}

const COMPARISON: Page = {
  file: 'docs/benchmarks.md',
  data: `${FOLDER}/comparison.json`,
  text: (results) => `${comparisonPage(results).trim()}\n`,
  plots: plotsOf,
};

const GROWTH: Page = {
  file: 'docs/growth.md',
  data: `${FOLDER}/growth.json`,
  text: (results) => `${growthPage(results).trim()}\n`,
  plots: ({ growth }) => (growth === null ? [] : growthPlots(growth)),
};

/** All pages that runs write. */
export const PAGES: readonly Page[] = [COMPARISON, GROWTH];

/**
 * Stores the results of a run, and writes its page and plots.
 *
 * @returns the files written, relative to the repository's root
 */
export function writeReport(results: Results): readonly string[] {
  const page = results.growth === null ? COMPARISON : GROWTH;
  mkdirSync(`${ROOT_DIR}${FOLDER}`, { recursive: true });
  writeFileSync(`${ROOT_DIR}${page.data}`, `${JSON.stringify(results, rounded, 1)}\n`);
  return [page.data, ...renderPage(page)];
}

/** Writes the pages again, from the stored data. */
export function renderPages(): readonly string[] {
  return PAGES.filter(({ data }) => existsSync(ROOT_DIR + data)).flatMap(renderPage);
}

function renderPage(page: Page): readonly string[] {
  const results: Results = JSON.parse(readFileSync(ROOT_DIR + page.data, 'utf8'));
  const plots = page.plots(results);
  for (const { file, svg } of plots) writeFileSync(`${ROOT_DIR}${FOLDER}/${file}`, svg);
  writeFileSync(ROOT_DIR + page.file, page.text(results));
  return [page.file, ...plots.map(({ file }) => `${FOLDER}/${file}`)];
}

/** More than six digits are meaningless, and make the data hard to read. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
