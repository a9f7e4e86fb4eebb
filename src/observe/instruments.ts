import {
  Counter,
  Gauge,
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;
type Values = MetricObjectWithValues<MetricValueWithName<string>>;

/**
 * A faster prom-client histogram. prom-client validates and hashes labels at each observation, even if bound, which
 * costs twenty times as much as counting.
 */
class BoundHistogram extends Histogram {
  readonly #configuration: HistogramConfiguration<string> & { readonly buckets: number[] };
  readonly #series: HistogramSeries[] = [];

  /** @param configuration - prom-client's; `buckets` are required, in ascending order */
  constructor(configuration: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(configuration);
    this.#configuration = configuration;
  }

  /** Makes a series. Call it once for each combination of labels, and keep the result. */
  bind(labels: Labels): HistogramSeries {
    const series = new HistogramSeries(labels, this.#configuration.buckets);
    this.#series.push(series);
    return series;
  }

  override async get(): Promise<Values> {
    const { name, help } = this.#configuration;
    const values = this.#series.flatMap((series) => series.values(name));
    const histogram = { name, help, type: 'histogram', values, aggregator: 'sum' };
    // prom-client declares a numeric enum for what is a string at run time, and a function that it does not return
    // either: this value is sent to other processes, and a message cannot contain functions.
    return histogram as unknown as Values;
  }

  /** prom-client's registry calls this if it exists, to save a copy that is not made here. */
  getForPromString(): Promise<Values> {
    return this.get();
  }
}

export class HistogramSeries {
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(
    private readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** In Prometheus's format. */
  values(name: string): MetricValueWithName<string>[] {
    let count = 0;
    const buckets = Array.from(this.#counts, (own, index) => {
      count += own;
      const le = this.bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le, ...this.labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { ...this.labels }, value: this.#sum },
      { metricName: `${name}_count`, labels: { ...this.labels }, value: count },
    ];
  }
}

export function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

type Sample = readonly [Labels, number];

export type Instruments = ReturnType<typeof instrumentsOf>;

/**
 * Those with `read` are read at each scrape, for values counted elsewhere. Gauges of processes are summed by default.
 */
export function instrumentsOf(register: Registry) {
  const registers = [register];
  return {
    counter: (name: string, help: string, ...labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers }),
    readCounter(name: string, help: string, labelNames: string[], read: () => readonly Sample[]) {
      new Counter({
        ...{ name, help, labelNames, registers },
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.inc(labels, value);
        },
      });
    },
    gauge: (name: string, help: string, aggregator: 'max' | 'first', ...labelNames: string[]) =>
      new Gauge({ name, help, aggregator, labelNames, registers }),
    readGauge(
      name: string,
      help: string,
      labelNames: string[],
      read: () => readonly Sample[],
      aggregator: 'max' | 'sum' = 'sum',
    ) {
      new Gauge({
        ...{ name, help, labelNames, aggregator, registers },
        collect() {
          for (const [labels, value] of read()) this.set(labels, value);
        },
      });
    },
    histogram: (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
      new BoundHistogram({ name, help, buckets, labelNames, registers }),
  };
}
