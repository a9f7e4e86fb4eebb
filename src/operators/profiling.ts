import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { escapePointer } from '../contract/json/json-text.js';
import type { AnyReply } from '../contract/types.js';
import type { Page } from '../http/browser-pages.js';
import { problem } from '../http/problems.js';

export interface ProfilingOptions {
  readonly service: string;
  readonly pid: number;
  readonly timeoutMs: number;
  /** Where heap snapshots are kept until they are sent. */
  readonly snapshotFolder?: string;
  /** Tells the primary that this process will not respond for this time. */
  readonly excuse: (forMs: number) => Promise<void>;
}

const DEFAULT_SECONDS = 5;
/** The size and cost of a profile grow with its duration. */
const SECONDS_LIMIT = 60;
/** The time for ending the profile and writing it. */
const WRITING_SECONDS = 2;
/** A snapshot of a heap of several gigabytes takes some minutes. */
const SNAPSHOT_MS = 600_000;

const NO_STORE = { 'Cache-Control': 'no-store' };

/** The index has no scripts, styles or images. */
const INDEX_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Profiles of the process that gets the request, one at a time: another would slow it down, and appear in it. */
export function profilingPages(options: ProfilingOptions): Record<string, Page> {
  const { service, pid, timeoutMs, snapshotFolder = tmpdir(), excuse } = options;
  const maxSeconds = Math.max(1, Math.min(SECONDS_LIMIT, Math.floor(timeoutMs / 1000) - WRITING_SECONDS));
  let running: string | null = null;

  async function exclusively(kind: string, extension: string, take: () => Promise<AnyReply>): Promise<AnyReply> {
    if (running) return problem('overloaded', `One profile at a time: ${running} is being taken. Try again later.`);
    running = kind;
    try {
      const reply = await take();
      const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
      const disposition = `attachment; filename="${service}-${kind}-${pid}-${time}.${extension}"`;
      return { ...reply, headers: { ...NO_STORE, 'Content-Disposition': disposition, ...reply.headers } };
    } finally {
      running = null;
    }
  }

  return {
    '/profiling': async () => ({ status: 308, headers: { Location: 'profiling/' } }),
    '/profiling/': async () => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: { ...NO_STORE, 'Content-Security-Policy': INDEX_POLICY },
      body: indexHtml(service, maxSeconds),
    }),
    '/profiling/cpu': async ({ query }) => {
      const unknown = [...query.keys()].find((name) => name !== 'seconds');
      if (unknown !== undefined) return invalidQuery(unknown, 'is not a parameter of this page');
      const text = query.get('seconds') ?? String(Math.min(DEFAULT_SECONDS, maxSeconds));
      const seconds = Number(text);
      // Decimal, without the other notations of `Number`.
      if (!/^[1-9]\d{0,5}$/.test(text) || seconds > maxSeconds)
        return invalidQuery('seconds', `must be an integer from 1 to ${maxSeconds}`);
      return exclusively('cpu', 'cpuprofile', async () => ({ status: 200, body: await cpuProfile(seconds) }));
    },
    '/profiling/heap': () =>
      exclusively('heap', 'heapsnapshot', async () => {
        await excuse(SNAPSHOT_MS);
        const { content, bytes } = await heapSnapshot(snapshotFolder).finally(() => excuse(0));
        return { status: 200, headers: { 'Content-Length': String(bytes) }, body: content };
      }),
  };
}

function invalidQuery(name: string, detail: string): AnyReply {
  const pointer = `/query/${escapePointer(name)}`;
  return problem('validation_failed', `${pointer} ${detail}.`, [{ pointer, detail }]);
}

/**
 * Samples the CPU of this process a thousand times a second. It opens no port: the inspector session is internal, and
 * disconnecting ends it.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile
 */
async function cpuProfile(seconds: number): Promise<string> {
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(seconds * 1000);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

/**
 * Takes a heap snapshot, which blocks the process. V8 writes it to a file in pieces; `v8.getHeapSnapshot()` would queue
 * the whole text in memory. Only the user of the process can read the file, because it contains all strings in memory,
 * secrets included. It is unlinked once open, so its space is freed once it is sent, or the process ends.
 *
 * @returns the content, which must be read to its end or destroyed, and its size
 */
async function heapSnapshot(parentFolder: string): Promise<{ content: Readable; bytes: number }> {
  const folder = await mkdtemp(join(parentFolder, 'heap-'));
  try {
    const file = await open(writeHeapSnapshot(join(folder, 'snapshot')));
    const { size } = await file.stat();
    return { content: file.createReadStream(), bytes: size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function indexHtml(service: string, maxSeconds: number): string {
  const value = Math.min(DEFAULT_SECONDS, maxSeconds);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Profiling · ${service}</title>
</head>
<body>
<h1>Profiling</h1>
<p>One profile at a time in each process. DevTools opens with F12 in Chrome or Chromium.</p>
<h2><a href="cpu">CPU profile</a></h2>
<p>Where the time goes: every function by the time spent in it, as a flame chart, for at most ${maxSeconds} seconds.</p>
<p>To open it: Chrome DevTools, Performance panel, Load profile (the arrow pointing up).</p>
<form action="cpu"><label>seconds <input type="number" name="seconds" min="1" max="${maxSeconds}" value="${value}" required></label>
<button>Record</button></form>

<h2><a href="heap">Heap snapshot</a></h2>
<p>Every object in memory and what keeps it there. The process does nothing else while it is taken (ten seconds for
130 MB). V8 needs several times the size of the heap, so a container’s memory limit may end the process. The file has
everything in memory, clients’ data and passwords included: protect it like the database itself.</p>
<p>To open it: Chrome DevTools, Memory panel, Load profile; two snapshots can be compared.</p>
<form action="heap"><button>Record</button></form>
</body>
</html>
`;
}
