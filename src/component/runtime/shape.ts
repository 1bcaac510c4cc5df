/**
 * What the generators of lifts, lowers and checks have in common.
 *
 * @module
 */
import type { PlanResource } from '../plan.ts';
import type { StringEncoding, ValType } from '../types.ts';
import type { Code } from './code.ts';
import type { Layouts } from './layout.ts';
import { camelCase } from './names.ts';

/**
 * Who is on the far side of a lift or lower: the host, for whom handles are objects, or another guest, whose
 * strings have this encoding.
 */
export type Far = 'host' | StringEncoding;

/** One side's generators work for one string encoding, one component instance, one kind of far side. */
export interface Side {
  readonly code: Code;
  readonly layouts: Layouts;
  readonly encoding: StringEncoding;
  /** The component instance whose memory is read or written. */
  readonly instance: number;
  readonly far: Far;
  readonly resources: readonly PlanResource[];
  /** Names of the helpers that generated code calls. */
  readonly bits: string;
  readonly codec: string;
  readonly handles: string;
}

/** Distinguishes generated functions of one type on different sides. */
export function sideKey(side: Side): string {
  return `${side.encoding}/${side.instance}/${side.far}`;
}

/** A variant, option or result, as numbered cases with their JavaScript form. */
export interface JsCase {
  /** The value of `tag`; `undefined` for the two forms of a plain option, which have none. */
  readonly tag: string | undefined;
  readonly payload: ValType | undefined;
  /** Whether a case without payload still has a `val`, as jco's results do. */
  readonly alwaysVal: boolean;
}

export type CaseLike = Extract<ValType, { kind: 'variant' | 'option' | 'result' }>;

/**
 * The cases of a variant-like type in the order of their discriminants.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const [none, some] = jsCases({ kind: 'option', some: { kind: 'u8' } });
 * assert.deepEqual([none?.tag, some?.payload?.kind], [undefined, 'u8']);
 * ```
 */
export function jsCases(type: CaseLike): readonly JsCase[] {
  switch (type.kind) {
    case 'variant':
      return type.cases.map(({ name, type: payload }) => ({ tag: name, payload, alwaysVal: false }));
    case 'result':
      return [
        { tag: 'ok', payload: type.ok, alwaysVal: true },
        { tag: 'err', payload: type.err, alwaysVal: true },
      ];
    case 'option': {
      const tagged = isTaggedOption(type);
      return [
        { tag: tagged ? 'none' : undefined, payload: undefined, alwaysVal: false },
        { tag: tagged ? 'some' : undefined, payload: type.some, alwaysVal: false },
      ];
    }
  }
}

/**
 * Whether an option is `{ tag, val }` because `undefined` already means something in its payload: as jco, an
 * option of a plain option is tagged, an option of a tagged one is plain again.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const one = { kind: 'option', some: { kind: 'u8' } } as const;
 * const two = { kind: 'option', some: one } as const;
 * assert.deepEqual([isTaggedOption(one), isTaggedOption(two)], [false, true]);
 * ```
 */
export function isTaggedOption(type: Extract<ValType, { kind: 'option' }>): boolean {
  let tagged = false;
  const options: ValType[] = [];
  for (let at: ValType = type; at.kind === 'option'; at = at.some) options.push(at);
  for (let depth = options.length - 2; depth >= 0; depth--) tagged = !tagged;
  return tagged;
}

/**
 * The typed array of a list of numbers.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([typedArrayOf({ kind: 'u8' }), typedArrayOf({ kind: 'bool' })], [Uint8Array, undefined]);
 * ```
 */
export function typedArrayOf(element: ValType): TypedArrayConstructor | undefined {
  switch (element.kind) {
    case 'u8':
      return Uint8Array;
    case 's8':
      return Int8Array;
    case 'u16':
      return Uint16Array;
    case 's16':
      return Int16Array;
    case 'u32':
      return Uint32Array;
    case 's32':
      return Int32Array;
    case 'u64':
      return BigUint64Array;
    case 's64':
      return BigInt64Array;
    case 'f32':
      return Float32Array;
    case 'f64':
      return Float64Array;
    default:
      return undefined;
  }
}

export type TypedArrayConstructor =
  | typeof Uint8Array
  | typeof Int8Array
  | typeof Uint16Array
  | typeof Int16Array
  | typeof Uint32Array
  | typeof Int32Array
  | typeof BigUint64Array
  | typeof BigInt64Array
  | typeof Float32Array
  | typeof Float64Array;

/**
 * Fields of a record or tuple with the key that each has in JavaScript; a tuple is an array.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const fields = jsFields({ kind: 'record', fields: [{ name: 'first-name', type: { kind: 'string' } }] });
 * assert.equal(fields[0]?.key, 'firstName');
 * ```
 */
export function jsFields(
  type: Extract<ValType, { kind: 'record' | 'tuple' }>,
): readonly { readonly key: string | number; readonly type: ValType }[] {
  if (type.kind === 'tuple') return type.elements.map((element, index) => ({ key: index, type: element }));
  return type.fields.map(({ name, type: field }) => ({ key: camelCase(name), type: field }));
}
