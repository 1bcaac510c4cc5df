const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/**
 * The first 64 bits of MurmurHash3 (x64, 128 bits, seed 0) of a name: where it stands in a folder that is spread over
 * several blocks. Not to be trusted: who wants to finds any number of names with one hash.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(murmur('hello').toString(16), 'cbd8a7b341bd9b02');
 * ```
 */
export function murmur(name: string): bigint {
  const size = Buffer.byteLength(name);
  // What is missing of the last block is 0, which changes nothing.
  const bytes = Buffer.alloc(Math.ceil((size + 1) / 16) * 16);
  bytes.write(name);
  const tail = bytes.length - 16;
  let h1 = 0n;
  let h2 = 0n;
  for (let at = 0; at < tail; at += 16) {
    h1 = (rotated(h1 ^ mixed1(bytes, at), 27n) + h2) & MASK;
    h1 = (h1 * 5n + 0x52dce729n) & MASK;
    h2 = (rotated(h2 ^ mixed2(bytes, at), 31n) + h1) & MASK;
    h2 = (h2 * 5n + 0x38495ab5n) & MASK;
  }
  h1 ^= mixed1(bytes, tail) ^ BigInt(size);
  h2 ^= mixed2(bytes, tail) ^ BigInt(size);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  return (scattered(h1) + scattered(h2)) & MASK;
}

function mixed1(bytes: Buffer, at: number): bigint {
  return (rotated((bytes.readBigUInt64LE(at) * C1) & MASK, 31n) * C2) & MASK;
}

function mixed2(bytes: Buffer, at: number): bigint {
  return (rotated((bytes.readBigUInt64LE(at + 8) * C2) & MASK, 33n) * C1) & MASK;
}

function rotated(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK;
}

function scattered(hash: bigint): bigint {
  const once = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  const twice = ((once ^ (once >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return twice ^ (twice >> 33n);
}
