import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type AdmissionQueue, createAdmissionQueue } from '../../src/http/admission-queue.js';
import { createClient } from '../support/http.js';
import { flood, probedFlood, seed } from './flood.js';
import type { FloodPlan } from './flood-plan.js';
import { startQuietService } from './quiet-service.js';
import { openSlowPostgres } from './slow-postgres.js';
import { metricsOf, seriesValue, until } from './support.js';

const LIST_FROM = 3000;
const NORMAL_AFTER_MS = 5000;

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`);

describe('overload', () => {
  describe('the queue in front of the work', () => {
    const OPTIONS = { sliceMs: 10, minQueueLength: 4, intervalMs: 30, maxQueueDelayMs: 200, recoveryMs: 50 };
    let nowMs: number;
    let guard: AdmissionQueue;
    let done: string[];
    let refused: string[];

    beforeEach(() => {
      nowMs = 0;
      done = [];
      refused = [];
      guard = createAdmissionQueue({ ...OPTIONS, now: () => nowMs });
    });

    /** Requests of one turn of the event loop; those that are let in take so long each. */
    function arrive(name: string, requests: number, eachMs: number): void {
      for (let at = 0; at < requests; at += 1) {
        const decide = (isLetIn: boolean) => {
          (isLetIn ? done : refused).push(`${name}${at}`);
          if (isLetIn) nowMs += eachMs;
        };
        const entered = guard.admit(nowMs);
        if (entered instanceof Promise) void entered.then(decide);
        else decide(entered);
      }
    }

    const turn = () => new Promise(setImmediate);

    async function untilAll(count: number): Promise<void> {
      while (done.length + refused.length < count) await turn();
    }

    /** A queue that stands for an interval. @returns how many requests it took */
    async function congest(): Promise<number> {
      let count = 0;
      for (let turns = 0; turns < 6; turns += 1) {
        arrive('flood', 40, 1);
        count += 40;
        await turn();
      }
      expect(guard.isCongested).to.equal(true);
      return count;
    }

    it('what fits into a slice is let in at once, the rest in its turn and in order', async () => {
      arrive('a', 30, 1);
      expect(done).to.have.length(11);
      await turn();
      expect(done).to.have.length(22);
      arrive('b', 2, 1);
      expect(done, 'nobody overtakes').to.have.length(22);
      await untilAll(32);
      expect(done).to.deep.equal([...numbered('a', 30), ...numbered('b', 2)]);
      expect(guard.isCongested).to.equal(false);
      expect(guard.admit(nowMs)).to.equal(true);
    });

    it('a queue that stands for an interval may only be as long as what is done in a slice', async () => {
      const count = await congest();
      await untilAll(count);
      const before = { done: done.length, refused: refused.length };
      arrive('b', 40, 1);
      expect(refused.length - before.refused).to.equal(40 - 11);
      await untilAll(count + 40);
      expect(done.length - before.done).to.equal(11);
    });

    it('what waited too long in congestion is refused rather than begun', async () => {
      const count = await congest();
      const [refusedBefore, left] = [refused.length, count - done.length - refused.length];
      expect(left).to.be.above(4);
      nowMs += 201;
      await untilAll(count);
      expect(refused.length - refusedBefore).to.equal(left - 4);
    });

    it('is over after a time of calm, and not before', async () => {
      const count = await congest();
      await untilAll(count);
      const beganMs = nowMs;
      for (let requests = 1; nowMs - beganMs < 20; requests += 1) {
        arrive('calm', 1, 5);
        await untilAll(count + requests);
        expect(guard.isCongested).to.equal(true);
      }
      nowMs += 50;
      arrive('last', 1, 5);
      await turn();
      expect(guard.isCongested).to.equal(false);
    });

    it('is over after a silence as well', async () => {
      await untilAll(await congest());
      nowMs += 3_600_000;
      const before = refused.length;
      arrive('again', 40, 0.1);
      expect(refused.length).to.equal(before);
    });

    it('as few as may always wait are no congestion, however long they take', async () => {
      for (let turns = 1; turns <= 10; turns += 1) {
        arrive(`turn ${turns}-`, 4, 1000);
        await untilAll(4 * turns);
      }
      expect(refused).to.deep.equal([]);
      expect(guard.isCongested).to.equal(false);
    });
  });

  it('a flood of three times saturation leaves the service useful, and it is back to normal within 5 s', async function () {
    this.timeout(180_000);
    const service = await startQuietService(['--metrics', '--log-level', 'error']);
    const client = createClient(service.port);
    try {
      await seed(service.port, LIST_FROM);
      const plan: FloodPlan = {
        port: service.port,
        work: { listFrom: LIST_FROM },
        ratePerSecond: null,
        connections: 64,
        durationMs: 1500,
        patienceMs: 500,
      };
      const before = await flood(plan);
      expect(before, '64 connections are no flood').to.include({ shed: 0, failed: 0 });

      const flooded = { ...plan, ratePerSecond: 3 * before.goodPerSecond, connections: 960, durationMs: 3000 };
      const { result, health } = await probedFlood(flooded);
      const endedMs = performance.now();
      await until(
        () => client.get('/v1/payments?size=1'),
        ({ status }) => status === 200,
        NORMAL_AFTER_MS,
      );
      await delay(NORMAL_AFTER_MS - (performance.now() - endedMs));
      const after = await flood(plan);

      // The machine may be busy with other things in one part of this and not in another: the bounds are wide, and
      // bench/overload draws the curve on one that is quiet.
      const peak = Math.min(before.goodPerSecond, after.goodPerSecond);
      expect(result.goodPerSecond, 'goodput').to.be.above(peak * 0.3);
      expect(result).to.include({ failed: 0 });
      expect(health).to.include({ failed: 0 });
      expect(health.p50Ms, 'health').to.be.below(150);
      expect(after).to.include({ shed: 0, failed: 0 });
      expect(
        seriesValue(await metricsOf(`http://127.0.0.1:${service.port}`), 'http_requests_shed_total'),
      ).to.be.at.least(result.shed);
    } finally {
      client.close();
      expect(await service.stop()).to.equal(0);
    }
  });

  it('a database that is too slow: what would come too late is refused, probes are quick, and it ends by itself', async function () {
    this.timeout(120_000);
    const { port, work, stop } = await openSlowPostgres();
    try {
      const plan: FloodPlan = {
        ...{ port, work, ratePerSecond: null, connections: 32, durationMs: 2000, patienceMs: 10_000 },
      };
      const peak = await flood(plan);
      expect(peak).to.include({ shed: 0, failed: 0 });
      const ratePerSecond = 3 * peak.goodPerSecond;
      const { result, health } = await probedFlood({ ...plan, ratePerSecond, connections: 960, durationMs: 6000 });
      // More than --max-concurrency was never under way: it is the queue that refused.
      expect(result.shed).to.be.above(0);
      expect(result.good).to.be.above(0);
      expect(result).to.include({ failed: 0 });
      expect(health).to.include({ failed: 0 });
      await until(
        () => flood({ ...plan, durationMs: 500 }),
        ({ shed, failed }) => shed === 0 && failed === 0,
        30_000,
      );
      expect(await metricsOf(`http://127.0.0.1:${port}`)).to.match(
        /repository_call_duration_seconds_count\{operation="createPayment",outcome="overloaded"\} [1-9]/,
      );
    } finally {
      await stop();
    }
  });

  it('--max-concurrency refuses with 503 and Retry-After, probes go through', async () => {
    const service = await startQuietService(['--max-concurrency', '1', '--metrics']);
    const client = createClient(service.port);
    try {
      const slow = net.connect(service.port, '127.0.0.1');
      slow.write('POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n');
      slow.write('Expect: 100-continue\r\n\r\n');
      await once(slow, 'data');
      const { status, headers, ...refused } = await client.get('/v1/payments');
      expect(status).to.equal(503);
      expect(headers['retry-after']).to.equal('1');
      expect(refused.json().code).to.equal('overloaded');
      expect((await client.get('/health')).status).to.equal(200);
      expect(seriesValue((await client.get('/metrics')).text, 'http_requests_shed_total')).to.equal(1);
      slow.destroy();
      await until(
        () => client.get('/v1/payments').then((answer) => answer.status),
        (now) => now === 200,
      );
    } finally {
      client.close();
      expect(await service.stop()).to.equal(0);
    }
  });
});
