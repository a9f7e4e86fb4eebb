import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ROOT_DIR } from '../paths.js';
import type { Results } from '../run.js';
import { comparisonPage, growthSection } from './markdown.js';
import { growthPlots, type Plot, workPlots } from './plots.js';

const PAGE = 'docs/benchmarks.md';
const PLOTS = 'docs/benchmarks';
/** What stands before it is of the comparison, what stands behind it of the growth part; a run rewrites only its own. */
const GROWTH_HEADING = '## Growth';

/**
 * Writes the page and its plots from what the run found, and nothing else.
 *
 * @returns the files written, from the root of the repository
 */
export function writeReport(results: Results): readonly string[] {
  mkdirSync(`${ROOT_DIR}${PLOTS}`, { recursive: true });
  const path = `${ROOT_DIR}${PAGE}`;
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const at = before.indexOf(GROWTH_HEADING);
  const comparison = at === -1 ? before : before.slice(0, at);
  const growth = at === -1 ? '' : before.slice(at);
  const plots: readonly Plot[] = results.growth === null ? workPlots(results) : growthPlots(results.growth);
  for (const { file, svg } of plots) writeFileSync(`${ROOT_DIR}${PLOTS}/${file}`, svg);
  const page =
    results.growth === null
      ? `${comparisonPage(results)}\n${growth}`
      : `${comparison.trimEnd()}\n\n${growthSection(results, results.growth, GROWTH_HEADING)}`;
  writeFileSync(path, `${page.trim()}\n`);
  return [PAGE, ...plots.map(({ file }) => `${PLOTS}/${file}`)];
}
