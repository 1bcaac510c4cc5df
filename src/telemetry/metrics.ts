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

export interface Metrics {
  /**
   * The series of this name and these labels, made on first use: keep it where it is used often. Names end in
   * `_total`, with the unit before it. Label values come from a bounded set, as names of applications and codes,
   * never from guests.
   */
  counter(name: string, help: string, labels?: Labels): Counter;
  /** A value that is read when somebody looks; a second gauge of one name adds to the first. */
  gauge(name: string, help: string, read: () => number): void;
}

export interface MetricsRegistry extends Metrics {
  /** Everything in the Prometheus text format, in the order of first use. */
  text(): string;
  /** The sum of a counter or gauge over the series that carry these labels; 0 when there is none. */
  value(name: string, labels?: Labels): number;
}

interface Family {
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly series: Map<string, { readonly labels: Labels; value: number }>;
  readonly reads: (() => number)[];
}

/**
 * A registry of counters and gauges, in memory.
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
  const family = (name: string, help: string, kind: Family['kind']): Family =>
    families.getOrInsertComputed(name, () => ({ help, kind, series: new Map(), reads: [] }));
  return {
    counter(name, help, labels = {}) {
      const { series } = family(name, help, 'counter');
      const entry = series.getOrInsertComputed(render(labels), () => ({ labels, value: 0 }));
      return {
        add(value = 1) {
          entry.value += value;
        },
      };
    },
    gauge(name, help, read) {
      family(name, help, 'gauge').reads.push(read);
    },
    value: (name, labels = {}) => {
      const found = families.get(name);
      return found ? sum(found, labels) : 0;
    },
    text: () => [...families].map(([name, found]) => textOf(name, found)).join(''),
  };
}

function sum({ series, reads }: Family, wanted: Labels): number {
  let total = reads.reduce((all, read) => all + read(), 0);
  for (const { labels, value } of series.values()) {
    if (Object.entries(wanted).every(([key, label]) => labels[key] === label)) total += value;
  }
  return total;
}

function textOf(name: string, { help, kind, series, reads }: Family): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`];
  if (reads.length > 0) lines.push(`${name} ${reads.reduce((all, read) => all + read(), 0)}`);
  for (const [labels, { value }] of series) lines.push(`${name}${labels} ${value}`);
  return `${lines.join('\n')}\n`;
}

function render(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
