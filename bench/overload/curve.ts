/**
 * Draws what the service still does for its clients when they ask for more than it can: goodput and the latency of
 * health checks over the load that is offered, up to three times saturation. Run after `npm run build`:
 * `node --import tsx bench/overload/curve.ts [folder]`; it writes `goodput.svg` and `goodput.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Probed, probedFlood, seed } from '../../test/ops/flood.js';
import type { FloodPlan, FloodResult } from '../../test/ops/flood-plan.js';
import { startQuietService } from '../../test/ops/quiet-service.js';
import { goodputSvg } from './goodput-svg.js';

/** Reading so far behind costs the service several times what it costs the client, which runs on the same machine. */
const LIST_FROM = 3000;
const CONNECTIONS = 1024;
const PEAK_CONNECTIONS = 64;
const PATIENCE_MS = 500;
const DURATION_MS = 4000;
const FACTORS = [0.25, 0.5, 0.75, 0.9, 1, 1.25, 1.5, 2, 2.5, 3];

/** One point of the curve. */
export interface Point {
  /** Offered load, as a multiple of the peak. */
  readonly factor: number;
  readonly result: FloodResult;
  readonly health: Probed;
}

const folder = process.argv[2] ?? 'bench/results/overload';
const service = await startQuietService();
try {
  await seed(service.port, LIST_FROM + 100);
  const plan: FloodPlan = {
    port: service.port,
    work: { listFrom: LIST_FROM },
    ratePerSecond: null,
    connections: PEAK_CONNECTIONS,
    durationMs: DURATION_MS,
    patienceMs: PATIENCE_MS,
  };
  await probedFlood({ ...plan, durationMs: 1000 });
  const { goodPerSecond: peak } = (await probedFlood(plan)).result;
  const points: Point[] = [];
  for (const factor of FACTORS) {
    const measured = await probedFlood({ ...plan, ratePerSecond: factor * peak, connections: CONNECTIONS });
    points.push({ factor, ...measured });
    const { goodPerSecond, p99Ms, shed, unsent } = measured.result;
    const share = Math.round((100 * goodPerSecond) / peak);
    process.stdout.write(
      `${factor} × ${Math.round(peak)}/s: goodput ${share} %, p99 ${p99Ms.toFixed(1)} ms, ${shed} refused, ` +
        `${unsent} without a connection, /health p99 ${measured.health.p99Ms.toFixed(1)} ms\n`,
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'goodput.json'), `${JSON.stringify({ peakPerSecond: peak, points }, null, 2)}\n`);
  writeFileSync(join(folder, 'goodput.svg'), goodputSvg(peak, points));
} finally {
  await service.stop();
}
