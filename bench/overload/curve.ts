/**
 * Draws what the service still does for its clients when they ask for more than it can: goodput and the latency of
 * health checks over the load that is offered, up to three times saturation. `npm run bench:overload` builds first;
 * it writes `goodput.json` and a figure for each bottleneck into `docs/benchmarks/overload`, or the folder it is given.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probedFlood } from '../../test/ops/flood.js';
import type { FloodPlan } from '../../test/ops/flood-plan.js';
import { goodputSvg } from './goodput-svg.js';
import { BOTTLENECKS, type Bottleneck } from './layouts.js';
import { type Point, shareOf } from './point.js';

const CONNECTIONS = 1024;
const PEAK_CONNECTIONS = 64;
const PATIENCE_MS = 500;
const PEAK_MS = 1500;
const DURATION_MS = 4000;
const FACTORS = [0.5, 0.75, 1, 1.5, 2, 2.5, 3];

async function measure({ port, work }: Bottleneck, say: (line: string) => void): Promise<Point[]> {
  const plan: FloodPlan = {
    ...{ port, work, ratePerSecond: null, connections: PEAK_CONNECTIONS, durationMs: PEAK_MS },
    patienceMs: PATIENCE_MS,
  };
  const peak = async () => (await probedFlood(plan)).result.goodPerSecond;
  await peak();
  let before = await peak();
  const points: Point[] = [];
  for (const factor of FACTORS) {
    const flood = { ...plan, ratePerSecond: factor * before, connections: CONNECTIONS, durationMs: DURATION_MS };
    const { result, health } = await probedFlood(flood);
    const behind = await peak();
    const point = { factor, peakPerSecond: (before + behind) / 2, result, health };
    before = behind;
    points.push(point);
    say(
      `${factor} × ${Math.round(point.peakPerSecond)}/s: goodput ${Math.round(100 * shareOf(point))} %, ` +
        `p99 ${result.p99Ms.toFixed(0)} ms, ${result.shed} refused, ${result.late} late, ${result.failed} failed, ` +
        `${result.unsent} without a connection, /health p50 ${health.p50Ms.toFixed(0)} p99 ${health.p99Ms.toFixed(0)} ms`,
    );
  }
  return points;
}

const folder = process.argv[2] ?? 'docs/benchmarks/overload';
mkdirSync(folder, { recursive: true });
const measured: Record<string, readonly Point[]> = {};
for (const [name, open] of Object.entries(BOTTLENECKS)) {
  process.stdout.write(`${name}\n`);
  const bottleneck = await open();
  try {
    const points = await measure(bottleneck, (line) => process.stdout.write(`  ${line}\n`));
    measured[name] = points;
    writeFileSync(join(folder, `${name.replaceAll(' ', '-')}.svg`), goodputSvg(name, points));
  } finally {
    await bottleneck.stop();
  }
}
writeFileSync(join(folder, 'goodput.json'), `${JSON.stringify(measured, null, 2)}\n`);
process.exit(0);
