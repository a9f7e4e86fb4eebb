import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { AnyReply } from '../../src/contract/types.js';
import type { Page } from '../../src/http/browser-pages.js';
import { type ProfilingOptions, profilingPages } from '../../src/operators/profiling.js';

describe('Profiling', () => {
  let snapshotFolder: string;
  let pages: Record<string, Page>;

  beforeEach(async () => {
    snapshotFolder = await mkdtemp(join(tmpdir(), 'payments-test-'));
    pages = pagesOf();
  });

  afterEach(() => rm(snapshotFolder, { recursive: true }));

  function pagesOf(options: Partial<ProfilingOptions> = {}): Record<string, Page> {
    const excuse = async () => {};
    return profilingPages({ service: 'orders-api', pid: 42, timeoutMs: 60_000, snapshotFolder, excuse, ...options });
  }

  function get(target: string, from = pages): Promise<AnyReply> {
    const { pathname, searchParams } = new URL(target, 'http://localhost');
    const page = from[pathname];
    if (!page) throw new Error(`no page at ${pathname}`);
    return page({ query: searchParams });
  }

  async function bodyOf(reply: AnyReply): Promise<string> {
    expect(reply.status).to.equal(200);
    return reply.body instanceof Readable ? text(reply.body) : String(reply.body);
  }

  it('takes a CPU profile in the format of DevTools, which shows the busy function', async () => {
    const startedAt = performance.now();
    const pending = get('/profiling/cpu?seconds=1');
    const spinning = setInterval(spinForTheProfile, 10);
    const reply = await pending;
    clearInterval(spinning);
    expect(performance.now() - startedAt).to.be.at.least(1000);
    expect(reply.headers?.['Content-Disposition']).to.match(
      /^attachment; filename="orders-api-cpu-42-\d{8}T\d{6}Z\.cpuprofile"$/,
    );
    expect(reply.headers?.['Cache-Control']).to.equal('no-store');

    const profile = JSON.parse(await bodyOf(reply));
    expect(profile.endTime - profile.startTime).to.be.at.least(1e6);
    expect(profile.samples).to.have.length.greaterThan(0);
    expect(profile.timeDeltas).to.have.length(profile.samples.length);
    const nodes = new Map<number, { callFrame: { functionName: string }; hitCount: number }>();
    for (const node of profile.nodes) nodes.set(node.id, node);
    const sampled = profile.samples.map((id: number) => nodes.get(id)?.callFrame.functionName);
    expect(sampled).to.not.include(undefined);
    const share = sampled.filter((name: string) => name === 'spinForTheProfile').length / sampled.length;
    expect(share).to.be.greaterThan(0.1);
  });

  it('takes a heap snapshot without a second copy in memory, and leaves no file behind', async () => {
    const before = process.memoryUsage();
    const reply = await get('/profiling/heap');
    const after = process.memoryUsage();
    const bytes = Number(reply.headers?.['Content-Length']);
    expect(bytes).to.be.greaterThan(5_000_000);
    expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).to.be.lessThan(bytes / 4);
    expect(reply.headers?.['Content-Disposition']).to.match(/orders-api-heap-42-\d{8}T\d{6}Z\.heapsnapshot"$/);
    expect(await readdir(snapshotFolder)).to.deep.equal([]);

    const content = await bodyOf(reply);
    expect(Buffer.byteLength(content)).to.equal(bytes);
    const { snapshot, nodes, edges, strings } = JSON.parse(content);
    expect(snapshot.meta.node_fields).to.include.members(['type', 'name', 'id', 'self_size', 'edge_count']);
    expect(nodes).to.have.length(snapshot.node_count * snapshot.meta.node_fields.length);
    expect(edges).to.have.length(snapshot.edge_count * snapshot.meta.edge_fields.length);
    expect(strings).to.include('heapSnapshot');
  });

  it('keeps others from reading a snapshot while it exists', async () => {
    const pending = get('/profiling/heap');
    let names: string[] = [];
    while (names.length === 0) {
      await new Promise(setImmediate);
      names = readdirSync(snapshotFolder);
    }
    expect(statSync(join(snapshotFolder, names[0] ?? '')).mode & 0o777).to.equal(0o700);
    await bodyOf(await pending);
  });

  it('leaves no file if a snapshot cannot be written', async () => {
    const excuses: number[] = [];
    const nowhere = pagesOf({
      snapshotFolder: join(snapshotFolder, 'missing'),
      excuse: async (forMs) => void excuses.push(forMs),
    });
    for (const attempt of ['the first', 'not busy for ever']) {
      const [outcome] = await Promise.allSettled([get('/profiling/heap', nowhere)]);
      expect(outcome, attempt).to.have.nested.property('reason.code', 'ENOENT');
    }
    expect(excuses).to.deep.equal([600_000, 0, 600_000, 0]);
  });

  it('takes one profile at a time', async () => {
    const first = get('/profiling/cpu?seconds=1');
    for (const path of ['/profiling/cpu', '/profiling/heap']) {
      const second = await get(path);
      expect(second.status, path).to.equal(503);
      expect(second.problem?.code).to.equal('overloaded');
      expect(second.problem?.detail).to.match(/one profile at a time: cpu/i);
    }
    expect((await first).status).to.equal(200);
    expect((await get('/profiling/cpu?seconds=1')).status).to.equal(200);
  });

  for (const seconds of ['0', '59', '-1', '1.5', '1e1', '%205', '']) {
    it(`rejects ?seconds=${seconds} by name`, async () => {
      const reply = await get(`/profiling/cpu?seconds=${seconds}`);
      expect(reply.status).to.equal(400);
      expect(reply.problem?.code).to.equal('validation_failed');
      expect(reply.problem?.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/query/seconds']);
    });
  }

  it('rejects other parameters by name', async () => {
    const { status, problem } = await get('/profiling/cpu?second=1');
    expect([status, problem?.errors?.map(({ pointer }) => pointer)]).to.deep.equal([400, ['/query/second']]);
  });

  it('redirects to the index', async () => {
    expect(await get('/profiling')).to.deep.equal({ status: 308, headers: { Location: 'profiling/' } });
  });

  it('names the allowed seconds, always less than a request has, and rejects zero', async () => {
    for (const [timeoutMs, seconds] of [
      [1000, 1],
      [2500, 1],
      [5000, 3],
      [60_000, 58],
      [300_000, 60],
    ] as const) {
      const tooLong = await get('/profiling/cpu?seconds=61', pagesOf({ timeoutMs }));
      expect(tooLong.problem?.errors?.[0]?.detail).to.equal(`must be an integer from 1 to ${seconds}`);
    }
  });

  it('has an index that links every page and runs nothing', async () => {
    const reply = await get('/profiling/');
    const html = await bodyOf(reply);
    const linked = [...html.matchAll(/<a href="([^"]+)"/g)].map(
      ([, href]) => new URL(href ?? '', 'http://a/profiling/'),
    );
    expect(['/profiling', '/profiling/', ...linked.map(({ pathname }) => pathname)]).to.have.members(
      Object.keys(pages),
    );
    expect(html).to.include('max="58"');
    expect(html).to.not.match(/<script|<style|<img|<link|<select| on[a-z]+=|style=/i);
    expect(reply.contentType).to.equal('text/html; charset=utf-8');
    expect(reply.headers).to.include({ 'Cache-Control': 'no-store' });
    expect(reply.headers?.['Content-Security-Policy']).to.include("default-src 'none'");
  });
});

/** Calls nothing, so that the profile attributes its time to this name. */
function spinForTheProfile(): void {
  let sum = 0;
  for (let index = 0; index < 5_000_000; index++) sum += index % 7;
  if (sum === 0) throw new Error('nothing was added');
}
