import type { ValType } from '../../component/index.ts';

/**
 * Whether `none` of this option needs a tag, because its content may be `none` as well: in an option of a plain
 * option. An option of a tagged one is plain again.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const one = { kind: 'option', some: { kind: 'u8' } } as const;
 * const two = { kind: 'option', some: one } as const;
 * const three = { kind: 'option', some: two } as const;
 * assert.deepEqual([isTagged(one), isTagged(two), isTagged(three)], [false, true, false]);
 * ```
 */
export function isTagged({ some }: Extract<ValType, { kind: 'option' }>): boolean {
  return some.kind === 'option' && !isTagged(some);
}
