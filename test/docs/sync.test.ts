import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { createClient, freePort } from '../support/http.js';
import { ROOT } from '../support/program.js';
import { type RunningService, startService } from '../support/service.js';
import { read } from './markdown.js';

const PAYMENTS = 120;
const WRITERS = 8;
/** Each payment is created and updated twice, and every third is deleted. */
const CHANGES = PAYMENTS * 3 + PAYMENTS / 3;

/** The consumer on the page, as a separate project. */
class Consumer {
  readonly folder: string;
  #child: ChildProcess | null = null;

  /** @param url - of the service */
  constructor(url: string) {
    mkdirSync(join(ROOT, 'node_modules', '.cache'), { recursive: true });
    this.folder = mkdtempSync(join(ROOT, 'node_modules', '.cache', 'consumer-'));
    const installed = join(this.folder, 'node_modules', '@payments-api', 'client');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{"type":"module","exports":"./index.js"}');
    const entryPoints = [join(ROOT, 'clients', 'typescript', 'src', 'index.ts')];
    buildSync({ entryPoints, outfile: join(installed, 'index.js'), bundle: true, format: 'esm' });
    const [, code = ''] = /```js\n(.*?)```/s.exec(read('docs/sync.md')) ?? [];
    expect(code).to.include('http://localhost:8080');
    writeFileSync(join(this.folder, 'consumer.mjs'), code.replace('http://localhost:8080', url));
  }

  start(): void {
    this.#child = spawn(process.execPath, ['consumer.mjs'], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) throw new Error('the consumer ended by itself');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    this.#child = null;
  }

  async dispose(): Promise<void> {
    if (this.#child) await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

for (const name of DATABASES) {
  describe(`the consumer of "Keep another system in sync", on ${name}`, () => {
    let database: TestDatabase;
    let flags: readonly string[];
    let service: RunningService;
    let consumer: Consumer;

    before(async () => {
      database = await createDatabase(name);
      // The consumer uses the same URL after a restart.
      flags = [...database.flags, '--listen', `127.0.0.1:${await freePort()}`, '--max-results', '50'];
      service = await startService(flags);
      consumer = new Consumer(service.url);
    });
    after(async () => {
      await consumer.dispose();
      await service.stop();
      database.dispose();
    });

    /** Writes all payments; if the service is gone, a write is repeated with its key. */
    async function write(writer: number): Promise<void> {
      const client = createClient(service.port);
      let keys = 0;
      async function send(method: string, target: string, body?: unknown): Promise<void> {
        keys += 1;
        const headers = { 'Idempotency-Key': `${writer}/${keys}` };
        for (;;) {
          const reply = await client.send(method, target, { headers, body }).catch(() => null);
          if (reply !== null && reply.status < 300) return;
          if (reply !== null) expect(reply.status, reply.text).to.equal(503);
          await delay(10);
        }
      }
      for (let number = writer; number < PAYMENTS; number += WRITERS) {
        const id = `p-${number}`;
        const bodyOf = (version: number) => {
          return {
            data: {
              id,
              version,
              type: 'Payment',
              organisation_id: 'o',
              attributes: { amount: `${number}.${version}1` },
            },
          };
        };
        await send('POST', '/v1/payments', bodyOf(0));
        await send('PUT', `/v1/payments/${id}`, bodyOf(0));
        await send('PUT', `/v1/payments/${id}`, bodyOf(1));
        if (number % 3 === 0) await send('DELETE', `/v1/payments/${id}?version=2`);
      }
      client.close();
    }

    it('misses nothing and applies nothing twice, although it and the service are killed', async () => {
      consumer.start();
      const copy = await openCopy(consumer.folder);
      try {
        const count = copy.prepare<[], number>('SELECT count(*) FROM applied').pluck();
        const until = async (changes: number) => {
          while ((count.get() ?? 0) < changes) await delay(5);
        };
        const written = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
        await until(50);
        await consumer.kill();
        consumer.start();
        await until(120);
        service.kill();
        await service.exited;
        service = await startService(flags);
        await until(200);
        await consumer.kill();
        await written;
        consumer.start();
        await until(CHANGES);

        const client = createClient(service.port);
        const positions: unknown[] = [];
        for (let target = '/v1/changes'; ; ) {
          const page = (await client.get(target)).json<{ data: { position: string }[]; links: { next: string } }>();
          if (page.data.length === 0) break;
          positions.push(...page.data.map(({ position }) => position));
          target = new URL(page.links.next).pathname + new URL(page.links.next).search;
        }
        client.close();
        const applied = copy.prepare('SELECT position FROM applied ORDER BY number').pluck().all();
        expect(positions).to.have.length(CHANGES);
        expect(applied).to.deep.equal(positions);
        const wanted = Array.from({ length: PAYMENTS }, (_, number) => ({
          id: `p-${number}`,
          version: 2,
          amount: `${number}.11`,
        }));
        const rows = copy.prepare('SELECT id, version, amount FROM amounts ORDER BY rowid').all();
        expect(rows).to.have.deep.members(wanted.filter((_, number) => number % 3 !== 0));
      } finally {
        copy.close();
      }
    });
  });
}

/** Opens the consumer's database once it exists, and records each applied change in it. */
async function openCopy(folder: string): Promise<Database.Database> {
  for (;;) {
    try {
      const copy = openConnection(join(folder, 'copy.db'), { fileMustExist: true, timeout: 10_000 });
      // Otherwise the consumer, which writes without a pause, may keep this test from reading for 10 s.
      copy.pragma('journal_mode = WAL');
      copy.exec(`
        CREATE TABLE IF NOT EXISTS applied (number INTEGER PRIMARY KEY, position TEXT NOT NULL);
        CREATE TRIGGER note AFTER INSERT ON feed BEGIN
          INSERT INTO applied (position) VALUES (new.position);
        END`);
      return copy;
    } catch (error) {
      // SQLite also says "readonly" if it meets the file while the consumer creates it.
      if (!/unable to open|no such table: (?:main\.)?feed|locked|readonly/.test(String(error))) throw error;
      await delay(5);
    }
  }
}
