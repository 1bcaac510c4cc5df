/**
 * V8 refuses a suspending import where there is no stack to suspend, before it calls anything of ours and with an
 * error that a guest can catch. A component whose start functions could do that gets its suspending imports
 * through a gate: a function in wasm that first calls a check of ours, which traps and knows the name.
 *
 * @module
 */
import type { CoreType } from './layout.ts';

/** A core function type. */
export interface Signature {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
}

const CODES: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/**
 * A module that exports `gate`, a function of this signature: it calls `c.check` and then `r.run` with its
 * arguments.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const module = new WebAssembly.Module(gateModule({ params: ['i32'], results: ['i32'] }));
 * const seen: string[] = [];
 * const imports = { c: { check: () => seen.push('check') }, r: { run: (n: number) => n + seen.length } };
 * const { gate } = new WebAssembly.Instance(module, imports).exports as { gate: (n: number) => number };
 * assert.equal(gate(41), 42);
 * ```
 */
export function gateModule({ params, results }: Signature): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const type = [
    0x60,
    params.length,
    ...params.map((one) => CODES[one]),
    results.length,
    ...results.map((one) => CODES[one]),
  ];
  const code = [0, 0x10, 0, ...params.flatMap((_, index) => [0x20, index]), 0x10, 1, 0x0b];
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [2, 0x60, 0, 0, ...type]),
    ...section(2, [2, ...name('c'), ...name('check'), 0, 0, ...name('r'), ...name('run'), 0, 1]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...name('gate'), 0, 2]),
    ...section(10, [1, code.length, ...code]),
  ]);
}

/** At most 17 parameters: every length here fits one byte. */
function section(id: number, content: readonly number[]): number[] {
  return [id, content.length, ...content];
}
