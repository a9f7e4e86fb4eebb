import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Heartbeat } from '../../src/process/worker-process.js';
import { bundle } from '../support/bundle.js';
import { FIXTURE, get, Service } from './support.js';

/** Longer than a stall of the machine. */
const LIMIT_MS = 3000;

describe('the heartbeat of a worker', () => {
  let heartbeat: Heartbeat;

  /** Ticks until the worker counts as hung, at most `count` times. @returns the number of ticks, or null */
  function ticks(count: number): number | null {
    for (let tick = 1; tick <= count; tick += 1) if (heartbeat.tick() !== null) return tick;
    return null;
  }

  beforeEach(() => {
    heartbeat = new Heartbeat({ periodMs: 100, limitMs: 1000 });
  });

  it('is lost after ten periods of silence, and not before', () => {
    expect(ticks(9)).to.equal(null);
    heartbeat.beat();
    expect(ticks(30)).to.equal(10);
    expect(ticks(9), 'it is not killed twice').to.equal(null);
  });

  it('stops new connections after two missed beats, until the next one', () => {
    ticks(2);
    expect(heartbeat.isSilent).to.equal(false);
    ticks(1);
    expect(heartbeat.isSilent).to.equal(true);
    heartbeat.beat();
    expect(heartbeat.isSilent).to.equal(false);
  });

  it('has its limit extended by an excuse, until that is withdrawn', () => {
    heartbeat.excuse(2000);
    heartbeat.beat();
    expect(ticks(100)).to.equal(30);
    heartbeat.excuse(0);
    expect(ticks(100)).to.equal(10);
  });
});

describe('a worker whose event loop is blocked', () => {
  let file: string;
  let service: Service | null = null;

  before(async () => {
    file = await bundle(FIXTURE);
  });
  afterEach(() => service?.end());

  async function start(): Promise<{ service: Service; port: number; pids: number[] }> {
    const started = Service.start(file, { FIXTURE_WORKERS: '2', FIXTURE_HANG_MS: String(LIMIT_MS) });
    service = started;
    const port = await started.port();
    await started.saying('worker', 2);
    return { service: started, port, pids: JSON.parse(await get(port, '/pids')) };
  }

  function killed({ said }: Service): Record<string, unknown>[] {
    return said.filter(({ message }) => message === 'worker hangs and is killed');
  }

  for (const how of ['awake', 'asleep']) {
    it(`forever, ${how}, is killed and replaced; clients that come meanwhile are served`, async () => {
      const { service, port, pids } = await start();
      const lost = get(port, `/stand/${how}/600000`).catch(() => 'cut');
      const { pid } = await service.saying('stands');
      // Connections sent to the hung worker go to its replacement.
      const replies = await Promise.all(Array.from({ length: 60 }, () => get(port, '/')));
      for (const reply of replies) expect(reply).to.match(/^pid \d+$/);
      await service.saying('worker', 3);
      expect(await lost).to.equal('cut');
      expect(killed(service).map(({ worker_pid }) => worker_pid)).to.deep.equal([pid]);
      expect(Number(killed(service)[0]?.silent_ms)).to.be.within(LIMIT_MS, 2 * LIMIT_MS);
      const after = JSON.parse(await get(port, '/pids')) as number[];
      expect(after).to.have.length(2).and.not.include(pid);
      expect(after).to.include(pids.find((other) => other !== pid));
    });
  }

  it('before its first heartbeat is killed and replaced', async () => {
    const env = { FIXTURE_WORKERS: '2', FIXTURE_HANG_MS: String(LIMIT_MS), FIXTURE_MODE: 'hang' };
    service = Service.start(file, env);
    const { pid } = await service.saying('stands');
    await service.saying('worker', 2);
    expect(killed(service).map(({ worker_pid }) => worker_pid)).to.deep.equal([pid]);
  });

  it('for a while is kept, and serves', async () => {
    const { service, port } = await start();
    const slow = get(port, `/stand/awake/${LIMIT_MS / 3}`);
    const { pid } = await service.saying('stands');
    expect(await slow).to.equal(`pid ${pid}`);
    expect(killed(service)).to.deep.equal([]);
  });

  it('longer than the limit is kept if it has announced that', async () => {
    const { service, port } = await start();
    const slow = get(port, `/stand/excused/${LIMIT_MS * 1.5}`);
    const { pid } = await service.saying('stands');
    expect(await slow).to.equal(`pid ${pid}`);
    expect(killed(service)).to.deep.equal([]);
  });

  it('because the whole machine was paused is kept', async () => {
    const { service, port, pids } = await start();
    process.kill(-service.pid, 'SIGSTOP');
    await delay(LIMIT_MS * 2);
    process.kill(-service.pid, 'SIGCONT');
    const replies = await Promise.all(Array.from({ length: 20 }, () => get(port, '/')));
    for (const reply of replies) expect(reply).to.match(/^pid \d+$/);
    expect(new Set(JSON.parse(await get(port, '/pids')))).to.deep.equal(new Set(pids));
    expect(killed(service)).to.deep.equal([]);
  });
});
