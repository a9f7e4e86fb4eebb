/** Plots as SVG text, without a library: what a README shows must not need more than a browser. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
  /** Drawn as a thin line from least to most. */
  readonly range?: readonly [number, number];
}

export interface Line {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const FONT = 'font-family="system-ui, sans-serif"';
const WIDTH = 760;
const OWN = '#1a7f5a';
const PALETTE = [OWN, '#5b6b8c', '#c8553d', '#d9a441', '#7d5ba6', '#3d8ea8'];

/**
 * Horizontal bars, one below the other.
 *
 * @param unit - behind each value
 */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const top = 44;
  const row = 30;
  const left = 250;
  const right = 110;
  const height = top + bars.length * row + 12;
  const most = Math.max(...bars.map(({ value, range }) => Math.max(value, range?.[1] ?? 0)), 1e-9);
  const scale = (value: number) => (value / most) * (WIDTH - left - right);
  const body = bars.map(({ label, value, isOwn, range }, index) => {
    const y = top + index * row;
    const width = scale(value);
    const error =
      range === undefined
        ? ''
        : `<line x1="${n(left + scale(range[0]))}" x2="${n(left + scale(range[1]))}" y1="${y + 11}" y2="${y + 11}" stroke="#333" stroke-width="1.5"/>`;
    const end = Math.max(width, range === undefined ? 0 : scale(range[1]));
    return (
      `<text x="${left - 10}" y="${y + 15}" text-anchor="end" font-size="13" fill="#222">${escapeXml(label)}</text>` +
      `<rect x="${left}" y="${y}" width="${n(width)}" height="22" rx="2" fill="${isOwn ? OWN : '#aab4c8'}"/>${error}` +
      `<text x="${n(left + end + 8)}" y="${y + 15}" font-size="13" fill="#222">${format(value)} ${escapeXml(unit)}</text>`
    );
  });
  return frame(title, height, body.join('\n'));
}

/** Groups of bars: each label has one bar for each series, on a logarithmic scale. */
export function groupedBarChart(
  title: string,
  unit: string,
  series: readonly string[],
  groups: readonly { readonly label: string; readonly values: readonly number[] }[],
): string {
  const top = 66;
  const bar = 13;
  const left = 250;
  const right = 90;
  const group = series.length * bar + 14;
  const height = top + groups.length * group + 8;
  const values = groups.flatMap((each) => each.values).filter((value) => value > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values, 1)));
  const high = Math.max(...values, low * 10);
  const scale = (value: number) =>
    (Math.log10(Math.max(value, low) / low) / Math.log10(high / low)) * (WIDTH - left - right) + 2;
  const shades = ['#9fd3bd', '#3d8ea8', '#c8553d'];
  const legend = series.map(
    (name, index) =>
      `<rect x="${left + index * 90}" y="40" width="11" height="11" fill="${shades[index % shades.length]}"/>` +
      `<text x="${left + index * 90 + 16}" y="50" font-size="12" fill="#222">${escapeXml(name)}</text>`,
  );
  const body = groups.map(({ label, values: row }, index) => {
    const y = top + index * group;
    const middle = y + (series.length * bar) / 2 + 4;
    const text = `<text x="${left - 10}" y="${middle}" text-anchor="end" font-size="13" fill="#222">${escapeXml(label)}</text>`;
    const rects = row.map(
      (value, at) =>
        `<rect x="${left}" y="${y + at * bar}" width="${n(scale(value))}" height="${bar - 2}" fill="${shades[at % shades.length]}"/>` +
        `<text x="${n(left + scale(value) + 6)}" y="${y + at * bar + 10}" font-size="11" fill="#222">${format(value)} ${escapeXml(unit)}</text>`,
    );
    return text + rects.join('');
  });
  return frame(`${title} (logarithmic)`, height, [...legend, ...body].join('\n'));
}

export interface LineChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly isXLogarithmic: boolean;
  readonly isYLogarithmic: boolean;
  readonly formatX: (x: number) => string;
}

/** Lines over a common x axis; a linear y axis starts at zero. */
export function lineChart(options: LineChartOptions, lines: readonly Line[]): string {
  const { title, xLabel, yLabel, isXLogarithmic, isYLogarithmic, formatX } = options;
  const area = { left: 84, right: WIDTH - 190, top: 48, bottom: 330 };
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const most = Math.max(...ys, 1e-9);
  const least = isYLogarithmic ? 10 ** Math.floor(Math.log10(Math.max(Math.min(...ys), 1e-9))) : 0;
  const xScale = axis(Math.min(...xs), Math.max(...xs), area.left, area.right, isXLogarithmic);
  const yScale = axis(least, isYLogarithmic ? most : most * 1.08, area.bottom, area.top, isYLogarithmic);

  const yTicks = isYLogarithmic ? decades(least, most) : steps(most * 1.08);
  const distinctX = [...new Set(xs)].sort((a, b) => a - b);
  const xTicks = distinctX.length > 8 ? steps(Math.max(...xs)) : distinctX;
  const grid = yTicks.map(
    (y) =>
      `<line x1="${area.left}" x2="${area.right}" y1="${n(yScale(y))}" y2="${n(yScale(y))}" stroke="#e4e7ee"/>` +
      `<text x="${area.left - 8}" y="${n(yScale(y) + 4)}" text-anchor="end" font-size="12" fill="#444">${format(y)}</text>`,
  );
  const ticks = xTicks.map(
    (x) =>
      `<text x="${n(xScale(x))}" y="${area.bottom + 18}" text-anchor="middle" font-size="12" fill="#444">${escapeXml(formatX(x))}</text>`,
  );
  const labels =
    `<text x="${(area.left + area.right) / 2}" y="${area.bottom + 40}" text-anchor="middle" font-size="12" fill="#444">${escapeXml(xLabel)}</text>` +
    `<text transform="translate(18 ${(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle" font-size="12" fill="#444">${escapeXml(yLabel)}</text>` +
    `<line x1="${area.left}" x2="${area.right}" y1="${area.bottom}" y2="${area.bottom}" stroke="#888"/>`;
  const drawn = lines.map(({ label, points: list }, index) => {
    const colour = PALETTE[index % PALETTE.length];
    const path = list.map(({ x, y }) => `${n(xScale(x))},${n(yScale(y))}`).join(' ');
    const dots = list.length > 12 ? [] : list;
    const marks = dots.map(({ x, y }) => `<circle cx="${n(xScale(x))}" cy="${n(yScale(y))}" r="3" fill="${colour}"/>`);
    const y = area.top + 8 + index * 22;
    const legend =
      `<line x1="${area.right + 14}" x2="${area.right + 34}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2.5"/>` +
      `<text x="${area.right + 40}" y="${y + 4}" font-size="12" fill="#222">${escapeXml(label)}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join('')}${legend}`;
  });
  return frame(title, area.bottom + 54, [...grid, ...ticks, labels, ...drawn].join('\n'));
}

/** A number in three significant digits, thousands set apart. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3), maximumSignificantDigits: 4 });
}

function frame(title: string, height: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ${FONT} role="img" aria-label="${escapeXml(title)}">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="16" y="26" font-size="15" font-weight="600" fill="#111">${escapeXml(title)}</text>
${body}
</svg>
`;
}

function axis(low: number, high: number, from: number, to: number, isLogarithmic: boolean): (value: number) => number {
  const map = isLogarithmic ? (value: number) => Math.log10(Math.max(value, 1e-9)) : (value: number) => value;
  const span = map(high) - map(low) || 1;
  return (value) => from + ((map(value) - map(low)) / span) * (to - from);
}

function decades(low: number, high: number): readonly number[] {
  const ticks: number[] = [];
  for (let tick = low; tick <= high * 1.001; tick *= 10) ticks.push(tick);
  return ticks;
}

function steps(high: number): readonly number[] {
  const rough = high / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = 0; tick <= high; tick += step) ticks.push(tick);
  return ticks;
}

function n(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
