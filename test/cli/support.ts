import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { product } from '../../src/payments/resource.js';
import { type Ended, ROOT } from '../support/program.js';

/** Runs a command in this process: starting the built program takes longer than most commands. */
export async function runCommand(argv: readonly string[], stdin = ''): Promise<Ended> {
  const [stdout, stderr] = [collector(), collector()];
  // Imported like the commands themselves, so that both use the same classes of errors.
  const { run } = await import('../../src/cli/program.js');
  const code = await new Promise<number>((exit, reject) => {
    run({
      ...{ product, argv, env: { ...process.env, NODE_ENV: '' }, cwd: ROOT, packageRoot: ROOT, version: '1.2.3' },
      ...{ facts: process, signals: new EventEmitter(), parent: null, stdoutFd: 1, exit },
      stdin: () => Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
      ...{ stdout: () => stdout.stream, stderr: () => stderr.stream },
      forkWorker: () => expect.fail('only serve has workers'),
      now: () => performance.now(),
      print: (line) => void stdout.stream.write(`${line}\n`),
      printError: (line) => void stderr.stream.write(`${line}\n`),
      onUncaught: () => {},
    }).catch(reject);
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** A folder that is removed after the tests. */
export function temporaryFolder(): { readonly path: (name: string) => string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'payments-cli-'));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Lines like those of `export`, all different: deleted payments, gaps in the order, versions, numbers that a double
 * cannot represent, difficult escapes, and multi-byte characters.
 */
export function exportedLines(count: number): string {
  let lines = '';
  for (let index = 1; index <= count; index += 1) {
    const id = JSON.stringify(index % 100 === 0 ? `p-${index} é"\\ 田` : `p-${index}`);
    const attributes =
      `{"amount":"${index}.05","reference":${10_000_000_000_000_000_000n + BigInt(index)},"rate":0.${'1'.repeat(30)},` +
      `"note":"nul \\u0000, line\\n, \\ud800 alone, 'quoted', {a,b}, \\\\, ø","deep":{"list":[1,[2,{"x":null}]],"e":1E+2}}`;
    lines +=
      `{"id":${id},"version":${index % 7},"type":"Payment","organisation_id":"org ${index % 11} ü",` +
      `"attributes":${attributes},"deleted":${index % 9 === 0},"order":"${index * 3}"}\n`;
  }
  return lines;
}
