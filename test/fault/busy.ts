import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A statement and a pause take less than this, unless the machine is busy. */
const USUAL_MS = 10;

/**
 * Queries a server, without the service, until something has happened.
 *
 * @param url - of the server
 * @param hasHappened - called after each query
 * @returns the time for which the machine was busy with something else, in milliseconds
 */
export async function busyMsUntil(url: string, hasHappened: () => boolean): Promise<number> {
  let lastMs = performance.now();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let busyMs = 0;
  while (!hasHappened()) {
    await client.query('SELECT txid_current()');
    busyMs += Math.max(0, performance.now() - lastMs - USUAL_MS);
    lastMs = performance.now();
    await delay(1);
  }
  await client.end();
  return busyMs;
}
