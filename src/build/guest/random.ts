/** So many random bytes from the host. */
export type RandomBytes = (length: number) => Uint8Array;

export interface Random {
  /** `Math.random`: QuickJS freezes its own seed into the module, so every event would draw the same numbers. */
  readonly number: () => number;
  readonly crypto: {
    getRandomValues<T extends ArrayBufferView>(array: T): T;
    randomUUID(): string;
  };
}

/** Numbers are drawn in blocks: one call of the host serves so many. */
const BLOCK = 32;
/** As browsers have it. */
const MAX_BYTES = 65_536;

/** Random numbers, values and identifiers over the host's random bytes. */
export function createRandom(randomBytes: RandomBytes): Random {
  let block: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  const number = (): number => {
    if (at + 8 > block.byteLength) {
      const bytes = randomBytes(BLOCK * 8);
      block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      at = 0;
    }
    // 53 bits: as many as a number below 1 can tell apart evenly.
    const high = block.getUint32(at) >>> 5;
    const low = block.getUint32(at + 4) >>> 6;
    at += 8;
    return (high * 0x4000000 + low) / 0x20000000000000;
  };
  const getRandomValues = <T extends ArrayBufferView>(array: T): T => {
    if (array.byteLength > MAX_BYTES) {
      throw new RangeError(`Cannot fill ${array.byteLength} bytes at once: at most ${MAX_BYTES}`);
    }
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(randomBytes(array.byteLength));
    return array;
  };
  const randomUUID = (): string => {
    const bytes = getRandomValues(new Uint8Array(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
  return { number, crypto: { getRandomValues, randomUUID } };
}
