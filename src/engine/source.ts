import type { Source } from './extension.ts';

/**
 * One string for one source, and never the same for two: guest strings in a source may hold any separator.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.notEqual(encodeSource(['kv-store', 'a/b', 'c']), encodeSource(['kv-store', 'a', 'b/c']));
 * assert.notEqual(encodeSource(['kv-store', '","']), encodeSource(['kv-store', '', '']));
 * ```
 */
export function encodeSource(source: Source): string {
  return JSON.stringify(source);
}
