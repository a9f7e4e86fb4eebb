import { type Point, shareOf } from './point.js';

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = 56;
const MAX_FACTOR = 3;
const MAX_HEALTH_MS = 100;

const x = (factor: number) => MARGIN + (factor / MAX_FACTOR) * (WIDTH - 2 * MARGIN);
const y = (share: number) => HEIGHT - MARGIN - Math.min(1.2, share) * ((HEIGHT - 2 * MARGIN) / 1.2);

/**
 * The curve: goodput as a share of the peak, and the 99th percentile of health checks, over the offered load.
 *
 * @param name - what is too slow
 * @param points - in order of load
 */
export function goodputSvg(name: string, points: readonly Point[]): string {
  const goodput = points.map((point) => [x(point.factor), y(shareOf(point))]);
  const health = points.map(({ factor, health: { p99Ms } }) => [x(factor), y((p99Ms / MAX_HEALTH_MS) * 1.2)]);
  const xTicks = [0, 0.5, 1, 1.5, 2, 2.5, 3].map(
    (factor) => `<text x="${x(factor)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${factor}</text>`,
  );
  const yTicks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => {
    const level = y(share);
    return (
      `<line x1="${MARGIN}" y1="${level}" x2="${WIDTH - MARGIN}" y2="${level}" stroke="#ddd"/>` +
      `<text x="${MARGIN - 8}" y="${level + 4}" text-anchor="end">${Math.round(share * 100)} %</text>` +
      `<text x="${WIDTH - MARGIN + 8}" y="${level + 4}">${Math.round((share / 1.2) * MAX_HEALTH_MS)} ms</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${MARGIN}" y="24" font-size="15">Goodput under overload: what is too slow is ${name}</text>
${yTicks.join('\n')}
${xTicks.join('\n')}
<text x="${WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">offered load, as a multiple of the peak</text>
${line(goodput, '#1668b8')}
${line(health, '#c2571a')}
<text x="${MARGIN}" y="42" fill="#1668b8">goodput</text>
<text x="${WIDTH - MARGIN}" y="42" fill="#c2571a" text-anchor="end">/health, 99th percentile</text>
</svg>
`;
}

function line(places: readonly (readonly number[])[], colour: string): string {
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
  const text = places.map((place) => place.join(',')).join(' ');
  return `<polyline points="${text}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`;
}
