import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail } from './errors.ts';

/** Reads the bytes of a component's file. Throws `COMPONENT_FILE`. */
export async function readComponent(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw fail('COMPONENT_FILE', { file: path }, cause);
  }
}

/**
 * The name of a module that is one file: that of the file without its last ending.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(moduleName('out/c-echo.nolibc.wasm'), 'c-echo.nolibc');
 * ```
 */
export function moduleName(path: string): string {
  return basename(path).replace(/\.[^.]*$/, '');
}
