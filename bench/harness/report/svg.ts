/** Plots as SVG, drawn by ECharts, in light and dark colours. */

import type {
  BarSeriesOption,
  CustomSeriesOption,
  GridComponentOption,
  LegendComponentOption,
  LineSeriesOption,
  TitleComponentOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, CustomChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

type Option = ComposeOption<
  | BarSeriesOption
  | CustomSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | LineSeriesOption
  | TitleComponentOption
>;

/** The heading of a plot. */
export interface Heading {
  /** The finding, in one sentence. */
  readonly title: string;
  /** What is drawn, with its unit. */
  readonly subtitle: string;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
  /** Drawn as a thin line from minimum to maximum. */
  readonly range?: readonly [number, number];
}

export interface Line {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 760;
/** Each colour in light and in dark. Colours of series are readable on both. */
const COLOURS = { paper: ['#ffffff', '#0d1117'], ink: ['#1f2328', '#e6edf3'], faint: ['#d8dee4', '#30363d'] } as const;
const [PAPER, INK, FAINT] = [COLOURS.paper[0], COLOURS.ink[0], COLOURS.faint[0]];
const OWN = '#2f9e73';
const OTHER = '#7d8aa3';
const PALETTE = [OWN, OTHER, '#d9664a', '#c9922b', '#9a77c9', '#3d98b8'];
const TEXT = { color: INK, fontFamily: 'system-ui, sans-serif', fontSize: 12 };

/** Horizontal bars. */
export function barChart(heading: Heading, bars: readonly Bar[]): string {
  const reach = (bar: Bar) => Math.max(bar.value, bar.range?.[1] ?? 0);
  const option: Option = {
    grid: { left: 240, right: 90, top: 64, bottom: 8 },
    xAxis: { type: 'value', show: false, min: 0, max: Math.max(...bars.map(reach), 1e-9) },
    yAxis: categories(bars.map(({ label }) => label)),
    series: [
      {
        type: 'bar',
        barWidth: 20,
        data: bars.map(({ value, isOwn }) => ({ value, itemStyle: { color: isOwn ? OWN : OTHER } })),
      },
      {
        // The range as a line, and the value as text at its end.
        type: 'custom',
        data: bars.map((bar, index) => [bar.range?.[0] ?? bar.value, reach(bar), index]),
        encode: { x: [0, 1], y: 2 },
        renderItem: (_, api) => {
          const [low, high, index] = [0, 1, 2].map((at) => Number(api.value(at)));
          const [x1 = 0, y = 0] = api.coord([low ?? 0, index ?? 0]);
          const [x2 = 0] = api.coord([high ?? 0, index ?? 0]);
          const text = format(bars[index ?? 0]?.value ?? Number.NaN);
          return {
            type: 'group',
            children: [
              { type: 'line', shape: { x1, y1: y, x2, y2: y }, style: { stroke: INK, lineWidth: 1.5 } },
              {
                type: 'text',
                x: x2 + 8,
                y,
                style: { text, fill: INK, font: '12px sans-serif', verticalAlign: 'middle' },
              },
            ],
          };
        },
      },
    ],
  };
  return draw(heading, 72 + bars.length * 30, option);
}

/** Groups of bars on a logarithmic scale: each label has a bar for each series. */
export function groupedBarChart(
  heading: Heading,
  series: readonly string[],
  groups: readonly { readonly label: string; readonly values: readonly number[] }[],
): string {
  const values = groups.flatMap((group) => group.values).filter((value) => value > 0);
  const least = 10 ** Math.floor(Math.log10(Math.min(...values, 1)));
  const option: Option = {
    grid: { left: 240, right: 90, top: 88, bottom: 8 },
    legend: { top: 56, left: 240, itemWidth: 12, itemHeight: 10, itemGap: 20, textStyle: TEXT, selectedMode: false },
    xAxis: { type: 'log', show: false, min: least, startValue: least, max: Math.max(...values, least * 10) },
    yAxis: categories(groups.map(({ label }) => label)),
    series: series.map((name, at) => ({
      type: 'bar',
      name,
      barWidth: 10,
      itemStyle: { color: PALETTE[[0, 5, 2][at] ?? at] ?? OWN },
      label: {
        show: true,
        position: 'right',
        color: INK,
        fontSize: 10,
        formatter: ({ value }) => format(Number(value)),
      },
      data: groups.map((group) => Math.max(group.values[at] ?? 0, least)),
    })),
  };
  return draw(heading, 96 + groups.length * (series.length * 13 + 12), option);
}

export interface LineChartOptions extends Heading {
  readonly xLabel: string;
  readonly yLabel: string;
  /** The base of a logarithmic x axis, with ticks at its powers; null for a linear one. */
  readonly xBase: number | null;
  readonly isYLogarithmic: boolean;
  readonly formatX: (x: number) => string;
}

/** Lines over a common x axis; a linear y axis starts at zero. */
export function lineChart(options: LineChartOptions, lines: readonly Line[]): string {
  const { xLabel, yLabel, xBase, isYLogarithmic, formatX } = options;
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const option: Option = {
    grid: { left: 76, right: 24, top: 108, bottom: 52 },
    legend: legend(lines.length),
    xAxis: {
      ...axis(xLabel, formatX),
      ...(xBase === null ? { type: 'value' as const } : { type: 'log' as const, logBase: xBase }),
      nameGap: 28,
      min: Math.min(...xs),
      max: Math.max(...xs),
    },
    yAxis: {
      ...axis(yLabel, format),
      ...(isYLogarithmic ? { type: 'log' as const } : { type: 'value' as const, min: 0 }),
      nameGap: 52,
    },
    series: lines.map((line, at) => lineSeries(line, at)),
  };
  return draw(options, 400, option);
}

/** A panel of `stackedChart`. */
export interface Panel {
  readonly yLabel: string;
  readonly max: number;
  readonly formatY: (y: number) => string;
  readonly line: Line;
}

/** Panels over the same x axis, each with its own y axis. */
export function stackedChart(heading: Heading, xLabel: string, panels: readonly Panel[]): string {
  const height = 190;
  const top = (at: number) => 76 + at * (height + 30);
  const option: Option = {
    grid: panels.map((_, at) => ({ left: 76, right: 24, top: top(at), height })),
    xAxis: panels.map((_, at) => ({
      ...axis(at === panels.length - 1 ? xLabel : '', String),
      type: 'value' as const,
      gridIndex: at,
      nameGap: 28,
      min: 0,
    })),
    yAxis: panels.map(({ yLabel, max, formatY }, at) => ({
      ...axis(yLabel, formatY),
      type: 'value' as const,
      gridIndex: at,
      nameGap: 52,
      min: 0,
      max,
    })),
    series: panels.map(({ line }, at) => ({ ...lineSeries(line, at), xAxisIndex: at, yAxisIndex: at })),
  };
  return draw(heading, top(panels.length) + 24, option);
}

/** A number with three significant digits and thousands separators. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3), maximumSignificantDigits: 4 });
}

function categories(labels: readonly string[]): YAXisComponentOption {
  return {
    type: 'category',
    inverse: true,
    data: [...labels],
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...TEXT, interval: 0 },
  };
}

function axis(name: string, formatter: (value: number) => string) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameTextStyle: TEXT,
    axisLabel: { ...TEXT, formatter },
    axisLine: { lineStyle: { color: FAINT } },
    splitLine: { lineStyle: { color: FAINT } },
    minorTick: { show: false },
  } satisfies XAXisComponentOption;
}

function legend(count: number): LegendComponentOption {
  return { top: 62, left: 72, show: count > 1, itemWidth: 20, itemGap: 28, textStyle: TEXT, selectedMode: false };
}

function lineSeries({ label, points }: Line, at: number): LineSeriesOption {
  const color = PALETTE[at % PALETTE.length] ?? OWN;
  return {
    type: 'line',
    name: label,
    showSymbol: points.length <= 12,
    symbol: 'circle',
    symbolSize: 6,
    itemStyle: { color },
    lineStyle: { color, width: 2 },
    data: points.map(({ x, y }) => [x, y]),
  };
}

function draw({ title, subtitle }: Heading, height: number, option: Option): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: PAPER,
    textStyle: TEXT,
    title: {
      text: title,
      subtext: subtitle,
      left: 16,
      top: 12,
      itemGap: 6,
      textStyle: { ...TEXT, fontSize: 14, fontWeight: 'bold' },
      subtextStyle: TEXT,
    },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return withoutScripting(svg).replace(/^<svg ([^>]*)>/, (_, attributes: string) => {
    return `<svg ${attributes} role="img" aria-label="${escapeXml(title)}">\n<style>${darkRules()}</style>`;
  });
}

/** Removes what only scripts would use: generated names that differ between charts, and data positions. */
function withoutScripting(svg: string): string {
  const text = svg.replaceAll(/ (?:class="zr[^"]*"|ecmeta_\w+="[^"]*")/g, '').replace(/<style >.*?<\/style>\n?/s, '');
  return `${text.replaceAll(/\bzr\d+-/g, '').trim()}\n`;
}

function darkRules(): string {
  const rules = Object.values(COLOURS).map(
    ([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
