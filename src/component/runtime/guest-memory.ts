/**
 * A memory of a guest as large as the guest knows it: a pooled one may have grown for an earlier event and start
 * the next one at its first size again.
 *
 * @module
 */

export const PAGE = 65_536;

export interface MemoryParts {
  readonly memory: WebAssembly.Memory;
  /** Its virtual size in pages; absent when nobody but V8 counts. */
  readonly size?: WebAssembly.Global | undefined;
  /** Clears what is not zero between two multiples of 128. */
  readonly zero?: ((from: number, to: number) => void) | undefined;
}

/**
 * One memory and its virtual size.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const memory = new WebAssembly.Memory({ initial: 3 });
 * const size = new WebAssembly.Global({ value: 'i32', mutable: true }, 2);
 * assert.equal(new GuestMemory({ memory, size }).bytes, 2 * PAGE);
 * assert.equal(new GuestMemory({ memory }).bytes, 3 * PAGE);
 * ```
 */
export class GuestMemory {
  readonly memory: WebAssembly.Memory;
  readonly size: WebAssembly.Global | undefined;
  readonly zero: ((from: number, to: number) => void) | undefined;
  #all: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor({ memory, size, zero }: MemoryParts) {
    this.memory = memory;
    this.size = size;
    this.zero = zero;
  }

  /** Bytes that the guest may use. */
  get bytes(): number {
    if (this.size === undefined) return this.memory.buffer.byteLength;
    // Pages of a memory of 32-bit addresses are below 2^17, those of wide ones a bigint.
    return Number(this.size.value) * PAGE;
  }

  /** Everything that is physically there. */
  get all(): Uint8Array<ArrayBuffer> {
    // The view of a buffer that was detached by growth is empty.
    if (this.#all.length === 0) this.#all = new Uint8Array(this.memory.buffer);
    return this.#all;
  }
}
