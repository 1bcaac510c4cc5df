import { extname } from 'node:path';

/**
 * URL of a module next to the caller, with the caller's own extension, so that it holds for `.ts` in the
 * repository and for `.js` in a published package.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.match(sibling(import.meta, 'worker').href, /\/worker\.(ts|js|mjs)$/);
 * ```
 */
export function sibling(meta: ImportMeta, name: string): URL {
  return new URL(`./${name}${extname(meta.filename)}`, meta.url);
}
