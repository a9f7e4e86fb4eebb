import { IN_MEMORY } from '../config/repository.js';
import { envName } from '../config/settings.js';
import { addExamplePayments } from './example-payments.js';
import type { Host } from './host.js';
import { serve } from './serve.js';

/** Defaults of a service to develop against; what the user sets anywhere but in a file goes before them. */
const DEFAULTS = {
  [envName('admin')]: 'true',
  [envName('metrics')]: 'true',
  [envName('cors')]: 'true',
};

/**
 * `mock`: serves example payments from memory, for those who write a client before anything is deployed. It is the
 * service itself, so it answers as that does.
 *
 * @param host - the process
 * @param argv - flags, each of which goes before what a mock sets
 * @returns null: it serves until a signal ends it
 */
export function mock(host: Host, argv: readonly string[]): Promise<number | null> {
  // As flags, so that a database which the environment names for another purpose is not filled with examples.
  const inMemory = ['--repo=sqlite3', `--repo-uri=${IN_MEMORY}`];
  return serve({ ...host, env: { ...DEFAULTS, ...host.env } }, [...inMemory, ...argv], addExamplePayments);
}
