import { ConfigError } from '../config/config-error.js';
import { TracingError } from '../observe/tracing/tracing-settings.js';
import { MigrationError } from '../store/migrations/migration-error.js';
import { StoreOpenError } from '../store/open-error.js';

/** Something is wrong with the settings or the files: another try would end the same. */
const EXIT_CONFIGURATION = 2;
const EXIT_FAILURE = 1;

/** The exit code for an error at start: 2 where the configuration or the files must change, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof MigrationError) return error.code === 'failed' ? EXIT_FAILURE : EXIT_CONFIGURATION;
  const isConfiguration =
    error instanceof ConfigError || error instanceof StoreOpenError || error instanceof TracingError;
  return isConfiguration ? EXIT_CONFIGURATION : EXIT_FAILURE;
}
