import { randomFillSync } from 'node:crypto';
import type { Call } from '../engine/extension.ts';
import { fail } from './errors.ts';

/** One call gives at most this many. */
export const MAX_RANDOM_BYTES: number = 1024 * 1024;

/** As many random bytes as asked for: WASI leaves no way to give fewer. Throws `WASI_LIMIT`. */
export function getRandomBytes(_: Call, length: bigint): Uint8Array {
  if (length > BigInt(MAX_RANDOM_BYTES)) {
    throw fail('WASI_LIMIT', { function: 'get-random-bytes', bytes: String(length), max: MAX_RANDOM_BYTES });
  }
  return randomFillSync(new Uint8Array(Number(length)));
}

export function getRandomU64(_: Call): bigint {
  return randomFillSync(new BigUint64Array(1))[0] ?? 0n;
}

/** A seed for what must not be guessed by those who choose keys of hash tables. */
export function insecureSeed(): [bigint, bigint] {
  const [first = 0n, second = 0n] = randomFillSync(new BigUint64Array(2));
  return [first, second];
}
