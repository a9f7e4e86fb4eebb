import {
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
} from 'prom-client';

/** One series of a histogram, its labels bound. */
export interface HistogramSeries {
  observe(value: number): void;
}

type Values = MetricObjectWithValues<MetricValueWithName<string>>;

/**
 * A histogram of prom-client whose series count for themselves. prom-client's own, also with labels bound, validates
 * and hashes the labels again at each observation, which costs twenty times as much as counting. Everything else, the
 * registry and the text format among it, is prom-client's.
 */
export class BoundHistogram extends Histogram {
  readonly #bounds: readonly number[];
  readonly #series: Series[] = [];
  readonly #name: string;
  readonly #help: string;

  /** @param configuration - prom-client's; `buckets` must be given, in ascending order */
  constructor(configuration: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(configuration);
    this.#bounds = configuration.buckets;
    this.#name = configuration.name;
    this.#help = configuration.help;
  }

  /**
   * Makes a series. Call it once for each combination of labels, and keep what it gives.
   *
   * @param labels - their values, complete
   */
  bind(labels: Readonly<Record<string, string | number>>): HistogramSeries {
    const series = new Series(labels, this.#bounds);
    this.#series.push(series);
    return series;
  }

  override async get(): Promise<Values> {
    const values = this.#series.flatMap((series) => series.values(this.#name));
    const histogram = { name: this.#name, help: this.#help, type: 'histogram', values, aggregator: 'sum' };
    // prom-client declares an enum of numbers for what is a word at run time, and a function that it does not give
    // either: what is given here goes to other processes as a message, which cannot hold one.
    return histogram as unknown as Values;
  }

  /** What prom-client's registry asks for where it is there, to save a copy that is not made here. */
  getForPromString(): Promise<Values> {
    return this.get();
  }
}

class Series implements HistogramSeries {
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(
    readonly labels: Readonly<Record<string, string | number>>,
    readonly bounds: readonly number[],
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

  /** Buckets, each with all below it, then sum and count: the form of Prometheus. */
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
