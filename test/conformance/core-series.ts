/**
 * Series of calls of random core modules.
 *
 * @module
 */
import { resultText } from './core-values.ts';
import { type CoreFunction, type CoreType, pick, type Random } from './random-core.ts';

const EXTREMES: Readonly<Record<CoreType, readonly unknown[]>> = {
  i32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 65_536],
  i64: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
  f32: [0, -0, 1.5, Number.POSITIVE_INFINITY, Number.NaN, Math.fround(1e-40)],
  f64: [0, -0, -2.5, Number.NEGATIVE_INFINITY, Number.NaN, 5e-324],
};

/** An argument of this type. */
export function randomArgument(random: Random, type: CoreType): unknown {
  if (random(2)) return pick(random, EXTREMES[type]);
  return type === 'i64' ? BigInt(random(1_000_000)) : random(1_000);
}

/** One call: a function and its arguments. */
export interface CoreCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

export function randomCalls(random: Random, functions: readonly CoreFunction[], count: number): CoreCall[] {
  return Array.from({ length: count }, () => {
    const { name, params } = pick(random, functions);
    return { name, args: params.map((type) => randomArgument(random, type)) };
  });
}

/** What a call answers, or how it traps, as text. */
export function callText(exports: Readonly<Record<string, any>>, { name, args }: CoreCall): string {
  try {
    return resultText(exports[name](...args));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}
