import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Client, createClient, NoReplyError, type PaymentData } from './client.js';

/** A change, for these tests. */
export interface FeedChange {
  readonly position: string;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly at: string;
  readonly payment: PaymentData;
}

interface FeedPage {
  readonly data: readonly FeedChange[];
  readonly links: { readonly next: string };
}

const START = '/v1/changes';
const PAUSE_MS = 10;

/** Follows the feed through failures of the service. */
export interface Follower {
  /** All changes seen, in order. */
  readonly seen: readonly FeedChange[];
  /** Continues at another port, where the service is now. */
  move(port: number): void;
  /** Resolves at the end of the feed. */
  finish(): Promise<void>;
}

/** @param start - the port of the service */
export function followFeed(start: number): Follower {
  const seen: FeedChange[] = [];
  let port = start;
  let client = createClient(port);
  let isLast = false;

  async function follow(): Promise<void> {
    for (let path = START; ; ) {
      const wasLast = isLast;
      const page = await pageOf(client, wasLast ? path : waiting(path));
      if (page === null) await delay(PAUSE_MS);
      else if (page.data.length === 0 && wasLast) return;
      else {
        seen.push(...page.data);
        path = nextOf(page);
      }
    }
  }

  const followed = follow();
  return {
    seen,
    move(to) {
      client.close();
      port = to;
      client = createClient(port);
    },
    async finish() {
      isLast = true;
      await followed;
      client.close();
    },
  };
}

/** The whole feed, read along its links. If the database is unreachable, it waits. */
export async function readFeed(port: number): Promise<readonly FeedChange[]> {
  const follower = followFeed(port);
  await follower.finish();
  return follower.seen;
}

function waiting(path: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}wait=1`;
}

function nextOf({ links }: FeedPage): string {
  const url = new URL(links.next);
  url.searchParams.delete('wait');
  return url.pathname + url.search;
}

/** Null if the service or its database is unreachable, or the response was lost: the page is requested again. */
async function pageOf(client: Client, path: string): Promise<FeedPage | null> {
  try {
    const { status, body } = await client.send('GET', path);
    if (status === 503) return null;
    expect(status, JSON.stringify(body)).to.equal(200);
    return body as unknown as FeedPage;
  } catch (error) {
    if (error instanceof NoReplyError) return null;
    throw error;
  }
}
