import { createRequire } from 'node:module';
import type { ed25519 } from '@noble/curves/ed25519.js';
import { lazy } from '../../lib/lazy.ts';

/** What is used of the curve: its points, and numbers modulo its order. */
export type Curve = Pick<typeof ed25519, 'Point'>;

/**
 * Ed25519, loaded when it is first asked for: 50 ms that a thread without keys need not spend.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(createCurve()().Point.BASE.toBytes().length, 32);
 * ```
 */
export function createCurve(): () => Curve {
  // Host functions answer at once, so what is loaded late must be loaded at once too.
  const require = createRequire(import.meta.url);
  return lazy(
    () => (require('@noble/curves/ed25519.js') as typeof import('@noble/curves/ed25519.js')).ed25519,
  );
}
