import { stackedChart } from '../harness/report/svg.js';
import { type Point, shareOf } from './point.js';

const MAX_HEALTH_MS = 100;

/**
 * The curve: goodput as a share of the peak, and the 99th percentile of health checks, over the offered load.
 *
 * @param name - of the bottleneck
 * @param points - in order of load
 */
export function goodputSvg(name: string, points: readonly Point[]): string {
  const last = points.at(-1);
  if (!last) throw new TypeError('a curve without points');
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const heading = {
    title: `Overload of ${name}: ${percent(shareOf(last))} of the peak at ${last.factor} × the load`,
    subtitle: 'responses within 500 ms as a share of the peak, and the 99th percentile of /health',
  };
  return stackedChart(heading, 'offered load, as a multiple of the peak', [
    {
      yLabel: 'goodput',
      max: 1.2,
      formatY: percent,
      line: { label: 'goodput', points: points.map((point) => ({ x: point.factor, y: shareOf(point) })) },
    },
    {
      yLabel: '/health, ms',
      max: MAX_HEALTH_MS,
      formatY: String,
      line: { label: '/health', points: points.map(({ factor, health }) => ({ x: factor, y: health.p99Ms })) },
    },
  ]);
}
