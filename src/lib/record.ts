/**
 * Whether a value is an object with keys: no array, and not `null`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([{}, [], null, 'a'].map(isRecord), [true, false, false, false]);
 * ```
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
