/** Memory at one moment, after a garbage collection. */
export interface Sample {
  /** Events handled so far. */
  readonly events: number;
  /** Resident bytes of the process. */
  readonly rss: number;
}

/**
 * How much the later half of these samples grows with each 100,000 events, as a part of its mean: 0.01 is one per
 * cent. The line is that of least squares. Needs at least four samples.
 */
export function growth(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  if (half.length < 2) throw new RangeError('Cannot tell growth: four samples are the least');
  const events = mean(half.map((sample) => sample.events));
  const rss = mean(half.map((sample) => sample.rss));
  let above = 0;
  let below = 0;
  for (const sample of half) {
    above += (sample.events - events) * (sample.rss - rss);
    below += (sample.events - events) ** 2;
  }
  return ((above / below) * 100_000) / rss;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
