/**
 * The front of the component runtime: bytes in, plan out.
 *
 * @module
 */
import { checkComponent } from './check/check.ts';
import { World } from './check/world.ts';
import { parseComponent } from './decode/parse.ts';
import { inline } from './inline/inline.ts';
import type { Plan } from './plan.ts';

/**
 * Reads a component binary, checks it and flattens it. The bytes of its core modules are copied out unread:
 * whether their code is valid is for `WebAssembly.compile` to say.
 *
 * Throws, always with blame `guest`: `COMPONENT_NOT_WASM`, `COMPONENT_CORE_MODULE`, `COMPONENT_MALFORMED`
 * (`offset`, `what`), `COMPONENT_INVALID` (`offset`, `what`), `COMPONENT_UNSUPPORTED` (`feature`) or
 * `COMPONENT_LIMIT` (`what`, `bound`).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const empty = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);
 * assert.deepEqual(decode(empty).exports, []);
 * assert.throws(() => decode(new Uint8Array(8)), { code: 'COMPONENT_NOT_WASM' });
 * ```
 */
export function decode(bytes: Uint8Array): Plan {
  const items = parseComponent(bytes);
  const world = new World(bytes);
  return inline(world, checkComponent(world, items).program);
}
