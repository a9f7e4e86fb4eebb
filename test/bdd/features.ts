import { adminScenarios } from './admin.scenarios.js';
import { createScenarios } from './create.scenarios.js';
import { deleteScenarios } from './delete.scenarios.js';
import { getScenarios } from './get.scenarios.js';
import { healthScenarios } from './health.scenarios.js';
import type { Feature } from './kit/scenario.js';
import { listScenarios } from './list.scenarios.js';
import { metricsScenarios } from './metrics.scenarios.js';
import { updateScenarios } from './update.scenarios.js';

/** The behaviour of the service, by examples. */
export const features: readonly Feature[] = [
  createScenarios,
  getScenarios,
  listScenarios,
  updateScenarios,
  deleteScenarios,
  healthScenarios,
  metricsScenarios,
  adminScenarios,
];
