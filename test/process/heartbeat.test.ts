import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createHeartbeat } from '../../src/process/heartbeat.js';
import { type ProcessState, processState } from '../../src/process/process-state.js';
import { buildFixture, get, Service } from './support.js';

const LIMIT_MS = 1500;

describe('the heartbeat of a worker', () => {
  const OPTIONS = { periodMs: 100, limitMs: 1000 };
  let state: ProcessState | null;

  /** Ticks until the worker is taken to hang, or so many. @returns how many it took; null where it was not */
  function ticks(heartbeat: ReturnType<typeof createHeartbeat>, count: number, lateMs = 0): number | null {
    for (let tick = 1; tick <= count; tick += 1) if (heartbeat.tick(lateMs) !== null) return tick;
    return null;
  }

  beforeEach(() => {
    state = { letter: 'S', cpuMs: 0 };
  });

  it('a worker hangs after so many periods of silence, and not before', () => {
    const heartbeat = createHeartbeat(() => state, OPTIONS);
    expect(ticks(heartbeat, 9)).to.equal(null);
    heartbeat.beat();
    expect(ticks(heartbeat, 30)).to.equal(10);
    expect(ticks(heartbeat, 9), 'it is not killed twice').to.equal(null);
  });

  it('is given no more after two missed beats, until the next one', () => {
    const heartbeat = createHeartbeat(() => state, OPTIONS);
    ticks(heartbeat, 2);
    expect(heartbeat.isSilent).to.equal(false);
    ticks(heartbeat, 1);
    expect(heartbeat.isSilent).to.equal(true);
    heartbeat.beat();
    expect(heartbeat.isSilent).to.equal(false);
  });

  it('time in which the primary did not run either does not count', () => {
    const heartbeat = createHeartbeat(() => state, OPTIONS);
    expect(ticks(heartbeat, 100, 60)).to.equal(null);
    expect(ticks(heartbeat, 100, 40)).to.equal(10);
  });

  it('an excuse is added to the limit, whatever beats come, until it is taken back', () => {
    const heartbeat = createHeartbeat(() => state, OPTIONS);
    heartbeat.excuse(2000);
    heartbeat.beat();
    expect(ticks(heartbeat, 100)).to.equal(30);
    heartbeat.excuse(0);
    expect(ticks(heartbeat, 100)).to.equal(10);
  });

  const states: readonly [name: string, letter: string, cpuMsPerTick: number, hangs: boolean][] = [
    ['that is asleep', 'S', 0, true],
    ['that runs all the time', 'R', 100, true],
    ['that is not let run', 'R', 5, false],
    ['that waits for a disk', 'D', 0, false],
    ['that was stopped', 'T', 0, false],
    ['that is being debugged', 't', 0, false],
  ];
  for (const [name, letter, cpuMsPerTick, hangs] of states) {
    it(`a silent worker ${name} ${hangs ? 'hangs' : 'does not hang'}`, () => {
      let cpuMs = 0;
      const heartbeat = createHeartbeat(() => ({ letter, cpuMs }), OPTIONS);
      let found: number | null = null;
      for (let tick = 0; tick < 20 && found === null; tick += 1) {
        found = heartbeat.tick(0);
        cpuMs += cpuMsPerTick;
      }
      expect(found !== null).to.equal(hangs);
    });
  }

  for (const [when, heldTicks, killedAt] of [
    ['long after the limit', 20, 23],
    ['just before the limit', 9, 12],
    ['long before the limit', 5, 10],
  ] as const) {
    it(`a worker that goes on ${when} is given time for a sign of life, and no more`, () => {
      const heartbeat = createHeartbeat(() => state, OPTIONS);
      state = { letter: 'T', cpuMs: 0 };
      expect(ticks(heartbeat, heldTicks)).to.equal(null);
      state = { letter: 'S', cpuMs: 0 };
      expect(ticks(heartbeat, 30)).to.equal(killedAt - heldTicks);
    });
  }

  it('a silent worker of which the system tells nothing hangs', () => {
    expect(
      ticks(
        createHeartbeat(() => null, OPTIONS),
        20,
      ),
    ).to.equal(10);
  });

  it('the kernel is asked for the state of a process', async () => {
    if (process.platform !== 'linux') {
      expect(processState(process.pid)).to.equal(null);
      return;
    }
    const own = processState(process.pid);
    expect(own?.letter).to.equal('R');
    expect(own?.cpuMs).to.be.above(0);
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pid = child.pid ?? 0;
    child.kill('SIGSTOP');
    while (processState(pid)?.letter !== 'T') await delay(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(processState(pid)).to.equal(null);
  });
});

describe('a worker whose event loop stands still', () => {
  let file: string;
  let remove: () => Promise<void>;
  let service: Service | null = null;

  before(async () => {
    ({ file, remove } = await buildFixture());
  });
  afterEach(() => service?.end());
  after(() => remove());

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
    it(`for ever, ${how}, is killed and replaced; whoever comes meanwhile is answered`, async () => {
      const { service, port, pids } = await start();
      const lost = get(port, `/stand/${how}/600000`).catch(() => 'cut');
      const { pid } = await service.saying('stands');
      // Those that are on their way to the worker that hangs go to its replacement.
      const answers = await Promise.all(Array.from({ length: 60 }, () => get(port, '/')));
      for (const answer of answers) expect(answer).to.match(/^pid \d+$/);
      await service.saying('worker', 3);
      expect(await lost).to.equal('cut');
      expect(killed(service).map(({ worker_pid }) => worker_pid)).to.deep.equal([pid]);
      expect(Number(killed(service)[0]?.silent_ms)).to.be.within(LIMIT_MS, 2 * LIMIT_MS);
      const after = JSON.parse(await get(port, '/pids')) as number[];
      expect(after).to.have.length(2).and.not.include(pid);
      expect(after).to.include(pids.find((other) => other !== pid));
    });
  }

  it('for a while is left alone, and answers', async () => {
    const { service, port } = await start();
    const slow = get(port, `/stand/awake/${LIMIT_MS / 3}`);
    const { pid } = await service.saying('stands');
    expect(await slow).to.equal(`pid ${pid}`);
    expect(killed(service)).to.deep.equal([]);
  });

  it('longer than the limit is left alone where it has said so before', async () => {
    const { service, port } = await start();
    const slow = get(port, `/stand/excused/${LIMIT_MS * 2}`);
    const { pid } = await service.saying('stands');
    expect(await slow).to.equal(`pid ${pid}`);
    expect(killed(service)).to.deep.equal([]);
  });

  it('because somebody stopped it is left alone; others serve, and it goes on', async () => {
    const { service, port, pids } = await start();
    const [stopped = 0] = pids;
    process.kill(stopped, 'SIGSTOP');
    await delay(LIMIT_MS * 2);
    // Those it has not received wait for it; all others are answered by the other worker.
    const first = await get(port, '/');
    expect(first).to.equal(`pid ${pids[1]}`);
    process.kill(stopped, 'SIGCONT');
    expect(killed(service)).to.deep.equal([]);
    expect(new Set(JSON.parse(await get(port, '/pids')))).to.deep.equal(new Set(pids));
  });

  it('because the whole machine was paused is left alone', async () => {
    const { service, port, pids } = await start();
    process.kill(-service.pid, 'SIGSTOP');
    await delay(LIMIT_MS * 2);
    process.kill(-service.pid, 'SIGCONT');
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port, '/')));
    for (const answer of answers) expect(answer).to.match(/^pid \d+$/);
    expect(new Set(JSON.parse(await get(port, '/pids')))).to.deep.equal(new Set(pids));
    expect(killed(service)).to.deep.equal([]);
  });
});
