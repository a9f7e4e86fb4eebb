import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { watchGarbageCollection } from './garbage-collection.js';

/** What of Node's `process` the summary reads. */
export type ProcessFacts = Pick<
  NodeJS.Process,
  'pid' | 'version' | 'versions' | 'uptime' | 'memoryUsage' | 'cpuUsage' | 'getActiveResourcesInfo'
>;

/** The delay is measured with a timer of this period, and every measurement contains it. */
const DELAY_RESOLUTION_MS = 10;

const NANOSECONDS_IN_MS = 1e6;

/**
 * Watches the process for a while and sums up how it does.
 *
 * @param process - the process it runs in
 * @param seconds - for how long to watch; the measurements begin and end with the call
 * @returns plain data, names in the style of the API's JSON, units last
 */
export async function runtimeSummary(process: ProcessFacts, seconds: number) {
  const collections = watchGarbageCollection();
  const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startedAt = performance.now();
  delays.enable();
  await delay(seconds * 1000);
  delays.disable();
  const intervalMs = performance.now() - startedAt;
  const loop = performance.eventLoopUtilization(loopBefore);
  const cpu = process.cpuUsage(cpuBefore);
  return {
    timestamp: new Date().toISOString(),
    pid: process.pid,
    uptime_seconds: rounded(process.uptime()),
    interval_ms: rounded(intervalMs),
    event_loop: {
      utilization: rounded(loop.utilization),
      active_ms: rounded(loop.active),
      idle_ms: rounded(loop.idle),
      delay_ms: delaysOf(delays),
    },
    cpu: { user_ms: cpu.user / 1000, system_ms: cpu.system / 1000 },
    gc: collections.stop(),
    memory: memoryOf(process),
    active_resources: countsOf(process.getActiveResourcesInfo()),
    versions: { node: process.version, v8: process.versions.v8, uv: process.versions.uv },
  };
}

function delaysOf(histogram: IntervalHistogram) {
  if (histogram.count === 0) return null;
  const inMs = (nanoseconds: number) => rounded(Math.max(0, nanoseconds / NANOSECONDS_IN_MS - DELAY_RESOLUTION_MS));
  return {
    mean: inMs(histogram.mean),
    p50: inMs(histogram.percentile(50)),
    p90: inMs(histogram.percentile(90)),
    p99: inMs(histogram.percentile(99)),
    max: inMs(histogram.max),
  };
}

function memoryOf(process: ProcessFacts) {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    rss_bytes: rss,
    heap_total_bytes: heapTotal,
    heap_used_bytes: heapUsed,
    heap_limit_bytes: getHeapStatistics().heap_size_limit,
    external_bytes: external,
    array_buffers_bytes: arrayBuffers,
    heap_spaces_used_bytes: Object.fromEntries(
      getHeapSpaceStatistics().map(({ space_name, space_used_size }) => [space_name, space_used_size]),
    ),
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
