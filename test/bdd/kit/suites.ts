import Mocha from 'mocha';
import { createHttpClient } from './http-client.js';
import type { Feature } from './scenario.js';
import { World } from './world.js';

/**
 * Puts a suite for each feature, and a test for each scenario, under a suite of mocha's.
 *
 * @param parent - a suite
 * @param features - those without a scenario are left out
 * @param serverUrl - asked when a scenario runs, for the server may be started only then
 */
export function addFeatures(parent: Mocha.Suite, features: readonly Feature[], serverUrl: () => string): void {
  for (const { title, scenarios } of features) {
    if (scenarios.length === 0) continue;
    const suite = Mocha.Suite.create(parent, title);
    for (const scenario of scenarios) {
      suite.addTest(new Mocha.Test(scenario.title, () => scenario.run(new World(createHttpClient(serverUrl())))));
    }
  }
}

/** Keeps the scenarios whose title has a tag. */
export function tagged(features: readonly Feature[], tag: string): Feature[] {
  return features
    .map(({ title, scenarios }) => ({ title, scenarios: scenarios.filter((each) => each.title.includes(tag)) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}
