import type { Call, GuestImports } from '../engine/extension.ts';
import { fail } from './errors.ts';

/** One call gives at most this many. */
export const MAX_RANDOM_BYTES: number = 1024 * 1024;

/** `wasi:random`: what may be guessed is as good as what may not. */
export function randomImports(): GuestImports {
  return {
    'wasi:random/insecure@0.2.0': {
      getInsecureRandomBytes: getRandomBytes,
      getInsecureRandomU64: getRandomU64,
    },
    'wasi:random/insecure-seed@0.2.0': {
      insecureSeed: (call: Call): [bigint, bigint] => [getRandomU64(call), getRandomU64(call)],
    },
    'wasi:random/random@0.2.0': { getRandomBytes, getRandomU64 },
  };
}

/** As many random bytes as asked for: WASI leaves no way to give fewer. Throws `WASI_LIMIT`. */
function getRandomBytes({ random }: Call, length: bigint): Uint8Array {
  if (length > BigInt(MAX_RANDOM_BYTES)) {
    throw fail('WASI_LIMIT', { function: 'get-random-bytes', bytes: String(length), max: MAX_RANDOM_BYTES });
  }
  return random.fill(new Uint8Array(Number(length)));
}

function getRandomU64({ random }: Call): bigint {
  return new DataView(random.fill(new Uint8Array(8)).buffer).getBigUint64(0);
}
