/**
 * Counts for operators: an interface that the rest of the code needs, and one implementation that prints the
 * Prometheus text format.
 *
 * @module
 */

export type Labels = Readonly<Record<string, string>>;

/** One series of a counter; it only goes up. */
export interface Counter {
  add(value?: number): void;
}

/** One series of a histogram: how many values were at most as large as each bound, and their sum. */
export interface Histogram {
  observe(value: number): void;
}

export interface Metrics {
  /**
   * The series of this name and these labels, made on first use: keep it where it is used often. Names end in
   * `_total`, with the unit before it. Label values come from a bounded set, as names of applications and codes,
   * never from guests.
   */
  counter(name: string, help: string, labels?: Labels): Counter;
  /** A value that is read when somebody looks; a second gauge of one name and labels adds to the first. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void;
  /** As a counter, for durations: the name ends in `_seconds`, and seconds are what is observed. */
  histogram(name: string, help: string, labels?: Labels): Histogram;
}

/** One series as it stands; the value of a histogram is how many values were observed. */
export interface Series {
  readonly labels: Labels;
  readonly value: number;
}

export interface MetricsRegistry extends Metrics {
  /** Everything in the Prometheus text format, in the order of first use. */
  text(): string;
  /** The sum over the series that carry these labels; 0 when there is none. */
  value(name: string, labels?: Labels): number;
  /** Every series of this name, in the order of first use. */
  series(name: string): readonly Series[];
}

/** Upper bounds in seconds: from a kept call to a deadline. */
const BOUNDS: readonly number[] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

interface Entry {
  readonly labels: Labels;
  /** Of a counter; of a histogram, how many. */
  value: number;
  readonly reads: (() => number)[];
  /** Of a histogram only: how many values lie between a bound and the one before it. */
  readonly buckets: number[];
  sum: number;
}

interface Family {
  readonly help: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** By their labels as they are printed. */
  readonly entries: Map<string, Entry>;
}

/**
 * A registry of counters, gauges and histograms, in memory.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const metrics = createMetrics();
 * metrics.counter('hermes_events_total', 'Events taken', { app: 'shop' }).add(2);
 * assert.equal(metrics.value('hermes_events_total'), 2);
 * assert.match(metrics.text(), /^hermes_events_total\{app="shop"\} 2$/m);
 * ```
 */
export function createMetrics(): MetricsRegistry {
  const families = new Map<string, Family>();
  const entryOf = (name: string, { help, kind }: Omit<Family, 'entries'>, labels: Labels): Entry =>
    families
      .getOrInsertComputed(name, () => ({ help, kind, entries: new Map() }))
      .entries.getOrInsertComputed(render(labels), () => {
        const buckets = kind === 'histogram' ? BOUNDS.map(() => 0) : [];
        return { labels, value: 0, reads: [], buckets, sum: 0 };
      });
  const entriesOf = (name: string): readonly Entry[] => [...(families.get(name)?.entries.values() ?? [])];
  return {
    counter(name, help, labels = {}) {
      const entry = entryOf(name, { help, kind: 'counter' }, labels);
      return {
        add(value = 1) {
          entry.value += value;
        },
      };
    },
    gauge(name, help, read, labels = {}) {
      entryOf(name, { help, kind: 'gauge' }, labels).reads.push(read);
    },
    histogram(name, help, labels = {}) {
      const entry = entryOf(name, { help, kind: 'histogram' }, labels);
      return { observe: (value) => observe(entry, value) };
    },
    value: (name, labels = {}) =>
      entriesOf(name)
        .filter((entry) => Object.entries(labels).every(([key, label]) => entry.labels[key] === label))
        .reduce((sum, entry) => sum + current(entry), 0),
    series: (name) => entriesOf(name).map((entry) => ({ labels: entry.labels, value: current(entry) })),
    text: () => [...families].map(([name, family]) => textOf(name, family)).join(''),
  };
}

function observe(entry: Entry, value: number): void {
  entry.value++;
  entry.sum += value;
  const at = BOUNDS.findIndex((bound) => value <= bound);
  if (at >= 0) entry.buckets[at] = (entry.buckets[at] ?? 0) + 1;
}

function current({ value, reads }: Entry): number {
  return reads.reduce((sum, read) => sum + read(), value);
}

function textOf(name: string, { help, kind, entries }: Family): string {
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`];
  for (const [labels, entry] of entries) {
    if (kind === 'histogram') lines.push(...histogramLines(name, entry));
    else lines.push(`${name}${labels} ${current(entry)}`);
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines(name: string, { labels, value, buckets, sum }: Entry): readonly string[] {
  let below = 0;
  const lines = BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0;
    return `${name}_bucket${render({ ...labels, le: String(bound) })} ${below}`;
  });
  const shown = render(labels);
  return [
    ...lines,
    `${name}_bucket${render({ ...labels, le: '+Inf' })} ${value}`,
    `${name}_sum${shown} ${sum}`,
    `${name}_count${shown} ${value}`,
  ];
}

function render(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
