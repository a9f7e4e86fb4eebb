import { parseCommandLine } from '../../src/cli/program.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import { product } from '../../src/payments/resource.js';
import { ROOT } from './program.js';

/**
 * The settings of flags of `serve`, as text and by name.
 *
 * @param argv - as on a command line
 */
export function settingsFrom(argv: readonly string[]): ReadonlyMap<string, string> {
  const parsed = parseCommandLine({ product, version: '1.2.3', print: () => {} }, ['serve', ...argv]);
  return parsed?.line.settings ?? new Map();
}

/**
 * The configuration of a service in the test's own process, without environment variables.
 *
 * @param argv - flags, as on a command line
 */
export function configFrom(argv: readonly string[]): Config {
  return loadConfig({ product, flags: settingsFrom(argv), env: {}, cwd: ROOT, packageRoot: ROOT });
}
