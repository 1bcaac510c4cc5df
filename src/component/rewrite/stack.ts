/**
 * Guesses where the stack of a guest lies: linkers put it at the start of memory, in front of all data, and let it grow
 * down from the value that a global begins with.
 *
 * @module
 */
import { isCoded } from '../../lib/errors.ts';
import { Reader } from './binary.ts';
import { walkExpression } from './immediates.ts';
import { entries, type Module, readModule, section } from './module.ts';
import { globalType } from './types.ts';

/** What an event may use of the stack before anything must be cleared that it did not use. */
const USED = 65_536;
/** The least that is worth being told of. */
const LEAST = 65_536;

const I32_CONST = 0x41;
const PAGE = 65_536;

/**
 * The address below which instances made of these modules seldom write; 0 where there is none. Nothing depends on it but
 * time: whoever writes there anyway is found out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * // (memory 17) (global (mut i32) (i32.const 1048576)), and no data below that
 * const module = Uint8Array.fromBase64('AGFzbQEAAAAFAwEAEQYJAX8BQYCAwAALCwkBAEGAgMAACwA=');
 * assert.equal(seldomBelow([module]), 1_048_576 - 65_536);
 * assert.equal(seldomBelow([module.subarray(0, 13)]), 0);
 * ```
 */
export function seldomBelow(modules: readonly Uint8Array[]): number {
  const found = modules.map(seldomIn).filter((below) => below >= LEAST);
  return found.length === 0 ? 0 : Math.min(...found);
}

/** 0 for a module that is not understood, too: rewriting it says why. */
function seldomIn(bytes: Uint8Array): number {
  try {
    return unusedOf(readModule(bytes));
  } catch (error) {
    if (isCoded(error)) return 0;
    throw error;
  }
}

/** What a snapshot left on the stack is data, too. */
function unusedOf(module: Module): number {
  const memory = module.memories[0];
  if (memory === undefined || memory.imported !== undefined || memory.wide) return 0;
  const size = memory.minimum * PAGE;
  let top = Number.POSITIVE_INFINITY;
  entries(module, section.global, (r) => {
    const { kind, mutable } = globalType(r, module.types);
    const value = constant(r);
    if (kind === 'i32' && mutable && value !== undefined && value >= USED + LEAST && value <= size)
      top = Math.min(top, value);
  });
  return top === Number.POSITIVE_INFINITY ? 0 : Math.min(top - USED, lowestData(module));
}

function lowestData(module: Module): number {
  let lowest = Number.POSITIVE_INFINITY;
  entries(module, section.data, (r) => {
    const flags = r.unsigned();
    if (flags === 2) r.skipLeb();
    if (flags !== 1) lowest = Math.min(lowest, constant(r) ?? 0);
    r.skip(r.unsigned());
  });
  return lowest;
}

/** Moves past a constant expression; answers what it is, when it is nothing but a number. */
function constant(r: Reader): number | undefined {
  const from = r.at;
  walkExpression(r, () => {});
  const inner = new Reader(r.bytes, from, r.at - 1);
  if (inner.byte() !== I32_CONST) return undefined;
  const value = inner.signed32() >>> 0;
  return inner.at === inner.end ? value : undefined;
}
