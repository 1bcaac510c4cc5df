import { join } from 'node:path';
import { buildModule } from '../../src/build/build-module.ts';
import { installedWit } from '../../src/cli/wit.ts';

/**
 * A guest that is a module folder below this one, as users write them: built as `hermes build` does it. What is made
 * on the way stays in its `.hermes`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await assert.rejects(moduleGuest('wit'), { code: 'BUILD_NO_SOURCE' });
 * ```
 */
export async function moduleGuest(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await buildModule(join(import.meta.dirname, folder), { wit: await installedWit() });
  return bytes;
}
