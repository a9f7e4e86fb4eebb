import { expect } from 'chai';
import {
  type Client,
  createClient,
  NoReplyError,
  type PaymentData,
  type ReplyBody,
  untilAvailable,
} from '../history/client.js';
import type { Ledger, Write } from './ledger.js';

/** Writes in flight, until they are stopped or the service is gone. */
export interface Load {
  /** Resolves when every writer has ended. */
  readonly ended: Promise<void>;
  /** Resolves when this number of further writes was acknowledged. */
  progress(writes: number): Promise<void>;
  stop(): void;
}

/**
 * Starts clients that create, update and delete their own payments, and record the responses in the ledger.
 *
 * @param options - `prefix`: of the ids, never used before
 */
export function startLoad(options: {
  readonly port: number;
  readonly clients: number;
  readonly ledger: Ledger;
  readonly prefix: string;
}): Load {
  const { port, clients, ledger, prefix } = options;
  let stopped = false;
  let waiters: { readonly at: number; readonly resolve: () => void }[] = [];
  let written = 0;

  async function write(client: Client, name: string): Promise<void> {
    let id = '';
    for (let number = 0; !stopped; number += 1) {
      const version = ledger.versionOf(id);
      if (version === null || number % 5 === 0) id = `${name}-${number}`;
      const isThere = await writeOnce(client, ledger, id, number);
      if (!isThere) return;
      written += 1;
      waiters = waiters.filter(({ at, resolve }) => written < at || resolve());
    }
  }

  const all = Array.from({ length: clients }, (_, index) => {
    const client = createClient(port);
    return write(client, `${prefix}-${index}`).finally(() => client.close());
  });
  return {
    ended: Promise.all(all).then(() => {
      for (const { resolve } of waiters) resolve();
    }),
    progress: (writes) =>
      new Promise((resolve) => {
        waiters.push({ at: written + writes, resolve });
      }),
    stop() {
      stopped = true;
    },
  };
}

/** @returns whether the service responded */
async function writeOnce(client: Client, ledger: Ledger, id: string, number: number): Promise<boolean> {
  const version = ledger.versionOf(id);
  const amount = String(number + 1);
  let write: Write;
  if (version === null) write = ledger.created(id, amount);
  else if (number % 11 === 4) write = ledger.deleted(id, version);
  else write = ledger.updated(id, version, amount);
  try {
    ledger.note(write, await write.send(client));
    return true;
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    if (error.mayHaveHappened) ledger.note(write, null);
    return false;
  }
}

/**
 * All payments, read page by page.
 *
 * @param port - of the service
 */
export async function listAll(port: number): Promise<readonly PaymentData[]> {
  const client = createClient(port);
  const all: PaymentData[] = [];
  for (let path = '/v1/payments'; ; ) {
    const { status, body } = await untilAvailable(() => client.send('GET', path));
    expect(status, JSON.stringify(body)).to.equal(200);
    const { data, links } = body as ReplyBody & { data: unknown; links: { next: string } };
    const page = data as unknown as readonly PaymentData[];
    if (page.length === 0) break;
    all.push(...page);
    path = links.next.slice(links.next.indexOf('/v1/'));
  }
  client.close();
  return all;
}
