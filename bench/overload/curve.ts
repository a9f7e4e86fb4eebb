/**
 * Draws goodput and the latency of health checks over the offered load, up to three times saturation. `npm run
 * bench:overload` builds first, and writes a figure and the numbers for each bottleneck into
 * `docs/benchmarks/overload`, or the given folder. Names after the folder (`'one process'`, …) select bottlenecks.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probedFlood } from '../../test/ops/flood.js';
import type { FloodPlan } from '../../test/ops/flood-plan.js';
import type { Bottleneck } from '../../test/ops/slow-postgres.js';
import { goodputSvg } from './goodput-svg.js';
import { BOTTLENECKS } from './layouts.js';
import { type Point, shareOf } from './point.js';

const CONNECTIONS = 1024;
const PEAK_CONNECTIONS = 64;
const CLIENT_TIMEOUT_MS = 500;
const PEAK_MS = 1500;
/** Long enough that the time before the queue is noticed is a small part. */
const DURATION_MS = 4000;
/** In each the whole curve is measured; for each point the round with the median goodput counts. */
const ROUNDS = 3;
const FACTORS = [0.5, 0.75, 1, 1.5, 2, 2.5, 3];

async function measure({ port, work }: Bottleneck, log: (line: string) => void): Promise<Point[]> {
  const plan: FloodPlan = {
    ...{ port, work, ratePerSecond: null, connections: PEAK_CONNECTIONS, durationMs: PEAK_MS },
    clientTimeoutMs: CLIENT_TIMEOUT_MS,
  };
  const peak = async () => (await probedFlood(plan)).result.goodPerSecond;
  await peak();
  let before = await peak();
  const rounds: Point[][] = [];
  while (rounds.length < ROUNDS) {
    const points: Point[] = [];
    for (const factor of FACTORS) {
      const flood = { ...plan, ratePerSecond: factor * before, connections: CONNECTIONS, durationMs: DURATION_MS };
      const { result, health } = await probedFlood(flood);
      const after = await peak();
      points.push({ factor, peakPerSecond: (before + after) / 2, result, health });
      before = after;
    }
    rounds.push(points);
  }
  return FACTORS.map((_, at) => {
    const all = rounds.flatMap((points) => points[at] ?? []).sort((one, other) => shareOf(one) - shareOf(other));
    const middle = all[Math.floor(all.length / 2)];
    if (!middle) throw new Error('nothing was measured');
    log(`${describe(middle)} (${all.map((point) => Math.round(100 * shareOf(point))).join(', ')} %)`);
    return middle;
  });
}

function describe(point: Point): string {
  const { factor, peakPerSecond, result, health } = point;
  return (
    `${factor} × ${Math.round(peakPerSecond)}/s: goodput ${Math.round(100 * shareOf(point))} %, ` +
    `p99 ${result.p99Ms.toFixed(0)} ms, ${result.shed} shed, ${result.late} late, ${result.failed} failed, ` +
    `${result.unsent} without a connection, /health p50 ${health.p50Ms.toFixed(0)} p99 ${health.p99Ms.toFixed(0)} ms`
  );
}

const [, , folder = 'docs/benchmarks/overload', ...wanted] = process.argv;
mkdirSync(folder, { recursive: true });
for (const [name, open] of Object.entries(BOTTLENECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name}\n`);
  const bottleneck = await open();
  try {
    const points = await measure(bottleneck, (line) => process.stdout.write(`  ${line}\n`));
    const file = join(folder, name.replace(/^a /, '').replaceAll(' ', '-').toLowerCase());
    writeFileSync(`${file}.svg`, goodputSvg(name, points));
    writeFileSync(`${file}.json`, `${JSON.stringify(points, null, 2)}\n`);
  } finally {
    await bottleneck.stop();
  }
}
process.exit(0);
