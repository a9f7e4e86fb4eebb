import Mocha from 'mocha';
import { createHttpClient } from './http-client.js';
import type { Feature } from './scenario.js';
import { World } from './world.js';

/**
 * Adds a suite for each feature, and a test for each scenario, to a suite of mocha.
 *
 * @param features - those without a scenario are skipped
 * @param serverUrl - called when a scenario runs, because the server may start later
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

/** Keeps the scenarios with a tag in their titles. */
export function tagged(features: readonly Feature[], tag: string): Feature[] {
  return features
    .map(({ title, scenarios }) => ({ title, scenarios: scenarios.filter((each) => each.title.includes(tag)) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}
