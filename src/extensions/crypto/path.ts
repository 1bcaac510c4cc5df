import { fail } from './errors.ts';

/** From here on a step is hardened. */
export const HARDENED: number = 2 ** 31;

/** As many as the depth of BIP32, one byte, can say. */
const MOST_STEPS = 255;
/** The longest path there can be: a slash, ten digits and an apostrophe for each step. */
const MOST_CHARS = 1 + MOST_STEPS * 12;

/**
 * The steps of a path, hardened ones from 2^31 on. Throws `CRYPTO_PATH`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parsePath("m/1852'/2"), [HARDENED + 1852, 2]);
 * assert.deepEqual(parsePath('m'), []);
 * assert.throws(() => parsePath('m/2147483648'), { code: 'CRYPTO_PATH' });
 * ```
 */
export function parsePath(path: string): readonly number[] {
  if (path.length > MOST_CHARS) throw fail('CRYPTO_PATH', { chars: path.length });
  const [root, ...steps] = path.split('/');
  if (root !== 'm' || steps.length > MOST_STEPS) throw fail('CRYPTO_PATH', { path });
  return steps.map((step) => {
    const [, digits, hard] = /^(\d{1,10})('?)$/.exec(step) ?? [];
    const index = Number(digits);
    if (digits === undefined || index >= HARDENED) throw fail('CRYPTO_PATH', { path, step });
    return hard === '' ? index : HARDENED + index;
  });
}
