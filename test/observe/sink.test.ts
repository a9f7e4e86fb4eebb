import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createSink } from '../../src/observe/sink.js';
import { bundle } from '../support/bundle.js';

const CHATTY = fileURLToPath(new URL('./chatty-process.ts', import.meta.url));

async function startChatty(lines: number, limitBytes: number, flushTimeoutMs: number) {
  const argv = [await bundle(CHATTY), String(lines), String(limitBytes), String(flushTimeoutMs)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, report: text(child.stderr).then((json) => JSON.parse(json)), exit: once(child, 'exit') };
}

/** Parses the output: a torn or mixed line does not parse. */
function parseLines(output: string): Record<string, unknown>[] {
  expect(output).to.match(/\n$/);
  return output
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('log sink', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'payments-sink-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('loses nothing on a clean exit, and keeps the order', async () => {
    const { child, report, exit } = await startChatty(20_000, 64 * 1024 * 1024, 10_000);
    const lines = parseLines(await text(child.stdout));
    expect(await exit).to.deep.equal([0, null]);
    expect((await report).dropped).to.equal(0);
    expect(lines.map(({ number }) => number)).to.deep.equal(Array.from({ length: 20_000 }, (_, index) => index));
  });

  it('continues and ends cleanly if the reader stalls', async () => {
    const { child, report, exit } = await startChatty(20_000, 256 * 1024, 200);
    child.stdout.pause();
    const { dropped, heldUpMs } = await report;
    expect(dropped).to.be.above(10_000);
    // A blocking write would never return without a reader.
    expect(heldUpMs).to.be.below(10_000);
    expect(await exit).to.deep.equal([0, null]);
    child.stdout.destroy();
  });

  it('survives a reader that has exited', async () => {
    const { child, report, exit } = await startChatty(20_000, 256 * 1024, 200);
    child.stdout.destroy();
    expect(await exit).to.deep.equal([0, null]);
    expect((await report).dropped).to.be.above(10_000);
  });

  it('writes within its interval', async () => {
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const sink = createSink({ fd, flushIntervalMs: 10 });
    sink.write('{"a":1}');
    const startedAt = performance.now();
    while (readFileSync(path, 'utf8') === '') await new Promise(setImmediate);
    expect(performance.now() - startedAt).to.be.below(10_000);
    expect(readFileSync(path, 'utf8')).to.equal('{"a":1}\n');
    closeSync(fd);
  });

  it('writes within its interval after a synchronous flush during a write', async () => {
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const sink = createSink({ fd, flushIntervalMs: 10 });
    sink.write('{"a":"the line in flight is longer than the next one"}');
    const flushed = sink.flush();
    sink.flushSync();
    await flushed;
    sink.write('{"b":1}');
    while (!readFileSync(path, 'utf8').includes('"b"')) await new Promise(setImmediate);
    expect(parseLines(readFileSync(path, 'utf8'))).to.have.length(2);
    closeSync(fd);
  });

  it('writes everything in a synchronous flush', () => {
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const sink = createSink({ fd });
    for (let number = 0; number < 100; number += 1) sink.write(`{"number":${number}}`);
    sink.flushSync(1000);
    expect(parseLines(readFileSync(path, 'utf8'))).to.have.length(100);
    closeSync(fd);
  });

  it('groups whole lines into blocks no larger than the kernel writes to a pipe at once', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = createSink({ fd: pipe });
    const lines = Array.from({ length: 60 }, (_, number) => `{"number":${number},"p":"${'x'.repeat(number * 4)}"}`);
    // The first line and one in the middle are larger than a block.
    lines[0] = `{"number":0,"p":"${'y'.repeat(5000)}"}`;
    lines[30] = `{"number":30,"p":"${'y'.repeat(6000)}"}`;
    for (const line of lines) sink.write(line);
    sink.write('{"number":60}');
    await sink.flush(1000);
    const output = await readUntil(pipe, '{"number":60}');
    expect(parseLines(output).map(({ number }) => number)).to.deep.equal([...lines.keys(), 60]);
    closeSync(pipe);
  });

  it('reports how many lines were lost, after a full pipe is read again', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    let dropped = 0;
    const onDrop = (lines: number): void => {
      dropped += lines;
    };
    const sink = createSink({ fd: pipe, limitBytes: 64 * 1024, flushIntervalMs: 10, onDrop });
    for (let number = 0; number < 2000; number += 1) sink.write(`{"number":${number},"p":"${'x'.repeat(100)}"}`);
    await sink.flush(50);
    expect(dropped).to.be.above(0);

    const output = await readUntil(pipe, 'log lines were dropped"');
    const lines = parseLines(output);
    expect(lines.at(-1)).to.include({ level: 'warn', dropped });
    expect(lines.length - 1 + dropped).to.equal(2000);
    closeSync(pipe);
  });
});

/** Reads a pipe up to a text and the end of its line. */
async function readUntil(fd: number, end: string): Promise<string> {
  const buffer = Buffer.alloc(4096);
  let output = '';
  while (!output.includes(end) || !output.endsWith('\n')) {
    await new Promise(setImmediate);
    try {
      output += buffer.toString('utf8', 0, readSync(fd, buffer));
    } catch {
      // Nothing to read at this moment.
    }
  }
  return output;
}
