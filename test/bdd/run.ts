/**
 * `npm run bdd`: runs the scenarios against a running server, and prints how many passed and failed. They delete all
 * payments of the server.
 *
 *     npm run bdd -- --server-url http://localhost:8080
 *     npm run bdd:wip        only the scenarios with @wip in their titles
 */
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { features } from './features.js';
import { createHttpClient } from './kit/http-client.js';
import { preflight } from './kit/preflight.js';
import { WIP_TAG } from './kit/scenario.js';
import { addFeatures, tagged } from './kit/suites.js';

const USAGE = 'usage: npm run bdd -- [--server-url http://localhost:8080] [--wip]';
const DEFAULT_SERVER_URL = 'http://localhost:8080';
const TIMEOUT_MS = 30_000;

/** Runs the scenarios; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'server-url': { type: 'string', default: process.env.SERVER_URL || DEFAULT_SERVER_URL },
      wip: { type: 'boolean', default: false },
    },
  });
  const serverUrl = values['server-url'];
  if (!/^https?:\/\//.test(serverUrl) || !URL.canParse(serverUrl)) {
    process.stderr.write(`${JSON.stringify(serverUrl)} is no http or https URL\n${USAGE}\n`);
    return 2;
  }
  const chosen = values.wip ? tagged(features, WIP_TAG) : features;
  if (chosen.length === 0) {
    process.stdout.write(`no scenario is tagged ${WIP_TAG}\n0 passed, 0 failed\n`);
    return 0;
  }
  const obstacle = await preflight(createHttpClient(serverUrl));
  if (obstacle !== null) {
    process.stderr.write(`The scenarios cannot run against ${serverUrl}: ${obstacle}\n`);
    return 1;
  }
  return run(chosen, serverUrl);
}

function run(chosen: typeof features, serverUrl: string): Promise<number> {
  const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter: 'spec' });
  addFeatures(mocha.suite, chosen, () => serverUrl);
  return new Promise((resolve) => {
    const runner = mocha.run((failed) => {
      process.stdout.write(`${runner.stats?.passes ?? 0} passed, ${failed} failed\n`);
      resolve(failed === 0 ? 0 : 1);
    });
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError && 'code' in error)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = 2;
}
