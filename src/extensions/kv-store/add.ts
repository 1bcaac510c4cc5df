/**
 * The arithmetic of `kv-add`, as the WIT promises it.
 *
 * @module
 */
import type { KvValue } from './value.ts';

/** What is stored when the two cannot be added. */
type Sum = KvValue | undefined;

const range = {
  'kv-s64': { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  'kv-u64': { min: 0n, max: 2n ** 64n - 1n },
} as const;

/** Every integer up to here is a float. */
const exact = 2n ** 53n;

/**
 * What `kv-add` stores under a key that holds `stored` when `operand` is added, or `undefined` when nothing
 * changes. A string or byte string is cut at `longest` bytes, a string never inside a character.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const sum = add({ tag: 'kv-u64', val: 10n }, { tag: 'kv-s64', val: -5n }, { longest: 100 });
 * assert.deepEqual(sum, { tag: 'kv-u64', val: 5n });
 * ```
 */
export function add(
  stored: KvValue | undefined,
  operand: KvValue | undefined,
  { longest }: { readonly longest: number },
): KvValue | undefined {
  if (!operand) return undefined;
  const sum = stored ? plus(stored, operand) : operand;
  if (sum?.tag === 'kv-string') return { tag: 'kv-string', val: cut(sum.val, longest) };
  if (sum?.tag === 'kv-bstr') return { tag: 'kv-bstr', val: sum.val.subarray(0, longest) };
  return sum;
}

function plus(stored: KvValue, operand: KvValue): Sum {
  switch (stored.tag) {
    case 'kv-s64':
    case 'kv-u64':
      return plusInteger(stored.tag, stored.val, operand);
    case 'kv-f64':
      return plusFloat(stored.val, operand);
    case 'kv-string': {
      const text = textOf(operand);
      return text === undefined ? undefined : { tag: 'kv-string', val: stored.val + text };
    }
    case 'kv-bstr':
      return operand.tag === 'kv-bstr' ? { tag: 'kv-bstr', val: joined(stored.val, operand.val) } : undefined;
    default:
      return undefined;
  }
}

function plusInteger(tag: 'kv-s64' | 'kv-u64', stored: bigint, operand: KvValue): Sum {
  const { min, max } = range[tag];
  if (operand.tag === 'kv-f64') {
    if (Number.isNaN(operand.val)) return undefined;
    if (!Number.isFinite(operand.val)) return { tag, val: operand.val > 0 ? max : min };
  }
  let sum: bigint;
  if (operand.tag === 'kv-f64') sum = roundedSum(stored, operand.val);
  else if (operand.tag === 'kv-s64' || operand.tag === 'kv-u64') sum = stored + operand.val;
  else return undefined;
  return { tag, val: sum < min ? min : sum > max ? max : sum };
}

/** The integer nearest to the exact sum; of two equally near ones the one further from zero. */
function roundedSum(integer: bigint, float: number): bigint {
  const whole = Math.trunc(float);
  const rest = float - whole;
  const near = integer + BigInt(whole);
  const next = near + (rest < 0 ? -1n : 1n);
  if (Math.abs(rest) !== 0.5) return Math.abs(rest) < 0.5 ? near : next;
  return magnitude(next) > magnitude(near) ? next : near;
}

function plusFloat(stored: number, operand: KvValue): Sum {
  let sum: number;
  if (operand.tag === 'kv-f64') sum = stored + operand.val;
  else if (operand.tag === 'kv-s64' || operand.tag === 'kv-u64') sum = nearestSum(stored, operand.val);
  else return undefined;
  return Number.isNaN(sum) ? undefined : { tag: 'kv-f64', val: sum };
}

/** The float nearest to the exact sum, ties to even: rounded once, though the integer may be no float. */
function nearestSum(float: number, integer: bigint): number {
  if (magnitude(integer) <= exact || !Number.isFinite(float)) return float + Number(integer);
  const whole = Math.trunc(float);
  const rest = float - whole;
  const near = integer + BigInt(whole);
  if (rest === 0) return Number(near);
  if (magnitude(near) <= exact) return Number(near) + rest;
  // Beyond 2^53 floats are two apart or more, so the rest only says on which side of `near` the sum lies.
  return Number(near * 4n + BigInt(Math.sign(rest))) / 4;
}

function magnitude(integer: bigint): bigint {
  return integer < 0n ? -integer : integer;
}

/** What a string grows by, if it can. */
function textOf(operand: KvValue): string | undefined {
  switch (operand.tag) {
    case 'kv-string':
      return operand.val;
    case 'kv-s64':
    case 'kv-u64':
      return operand.val.toString();
    case 'kv-f64':
      return Number.isFinite(operand.val) ? String(operand.val) : undefined;
    default:
      return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}

/** The longest start of a text that is whole characters and at most `longest` bytes of UTF-8. */
function cut(text: string, longest: number): string {
  if (text.length * 3 <= longest || Buffer.byteLength(text) <= longest) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(longest));
  return text.slice(0, read);
}
