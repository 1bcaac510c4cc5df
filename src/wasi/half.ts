import { sibling } from '../lib/sibling.ts';

/**
 * WASI as a pool takes it: by the module that exports its host functions, which other threads can import too.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(wasiHalf().name, 'wasi');
 * ```
 */
export function wasiHalf(): { readonly name: string; readonly guest: URL } {
  return { name: 'wasi', guest: sibling(import.meta, 'guest') };
}
