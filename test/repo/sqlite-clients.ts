import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ClientReport } from './sqlite-client.js';

/** Waits until every client is loaded, tells them to go at the same moment, and gives their reports when they ended. */
export async function letGo(clients: readonly ChildProcess[]): Promise<ClientReport[]> {
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
