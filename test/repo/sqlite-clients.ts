import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ClientReport } from './sqlite-client.js';

/** Waits until every client is loaded, starts their writes at the same moment, and returns their reports. */
export async function startWriting(clients: readonly ChildProcess[]): Promise<ClientReport[]> {
  await Promise.all(clients.map((client) => once(client, 'message')));
  const reports = clients.map(async (client): Promise<ClientReport> => {
    const [[report]] = await Promise.all([once(client, 'message'), once(client, 'exit')]);
    return report;
  });
  for (const client of clients) {
    client.send('go');
  }
  return await Promise.all(reports);
}
