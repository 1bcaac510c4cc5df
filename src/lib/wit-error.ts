/**
 * What a host function throws to answer the `err` of its WIT: anything else that it throws traps the guest. It has
 * no stack, because it is an answer.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const refuse = (): never => {
 *   throw witError('key-too-big');
 * };
 * assert.throws(refuse, { payload: 'key-too-big' });
 * ```
 */
export function witError<Payload>(payload: Payload): { readonly payload: Payload } {
  return { payload };
}
