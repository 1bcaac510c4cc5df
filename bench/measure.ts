/**
 * Measures variants of the same work against each other: warm-up, then blocks that take turns, so that whatever
 * else the machine does meets all of them alike.
 *
 * @module
 */

/** One variant of some work. */
export interface Variant {
  readonly name: string;
  /** Does the work this many times. A number that it answers is the microseconds it took by a clock of its own. */
  readonly run: (times: number) => unknown;
  /** Calls in one block. */
  readonly block: number;
}

/** Microseconds for one call: of the means of all blocks. */
export interface Result {
  readonly name: string;
  readonly us: { readonly median: number; readonly min: number; readonly max: number };
  readonly blocks: number;
  readonly callsPerBlock: number;
  /** Requests, where the work is one. */
  readonly perSecond?: number;
}

export interface Effort {
  readonly warmUp: number;
  readonly blocks: number;
}

/** Runs all variants. Collects garbage before each block where `--expose-gc` allows it. */
export async function measure(variants: readonly Variant[], { warmUp, blocks }: Effort): Promise<Result[]> {
  for (const { run } of variants) await run(warmUp);
  const means = variants.map((): number[] => []);
  for (let round = 0; round < blocks; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      const index = (round + turn) % variants.length;
      const { run, block } = variants[index] as Variant;
      globalThis.gc?.();
      const start = performance.now();
      const own = await run(block);
      means[index]?.push((typeof own === 'number' ? own : (performance.now() - start) * 1000) / block);
    }
  }
  return variants.map(({ name, block }, index) => {
    return { name, us: spread(means[index] as number[]), blocks, callsPerBlock: block };
  });
}

/** The median and the extremes of the means of blocks. */
export function spread(means: readonly number[]): Result['us'] {
  const sorted = means.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
  return { median: round(median), min: round(sorted[0] as number), max: round(sorted.at(-1) as number) };
}

function round(us: number): number {
  return Number(us.toPrecision(4));
}
